//! rustls-webpki as a judge: whether a signer's chain is good at the time the judge looks, by CRLs of every certificate
//! in it (depth Chain), where a status that is not known is a refusal and so is a CRL past its nextUpdate.
//! Reads `cases.json` of the folder named, prints its verdicts as JSON.

use std::time::Duration;
use std::{env, error::Error, fs, path::Path};

use rustls_pki_types::{CertificateDer, UnixTime};
use serde::{Deserialize, Serialize};
use webpki::{
    anchor_from_trusted_cert, BorrowedCertRevocationList, CertRevocationList, EndEntityCert,
    ExpirationPolicy, KeyUsage, RevocationCheckDepth, RevocationOptionsBuilder,
    UnknownStatusPolicy, ALL_VERIFICATION_ALGS,
};

#[derive(Deserialize)]
struct Exhibits {
    root: String,
    cases: Vec<Exhibit>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Exhibit {
    name: String,
    signer: String,
    issuing: String,
    crls: Vec<String>,
    judged_at: u64,
}

#[derive(Serialize)]
struct Verdict<'a> {
    name: &'a str,
    accepted: bool,
    word: String,
}

fn judge(folder: &Path, root: &str, exhibit: &Exhibit) -> Result<(), Box<dyn Error>> {
    let read = |name: &str| fs::read(folder.join(name));
    let (root, issuing, signer) = (
        CertificateDer::from(read(root)?),
        CertificateDer::from(read(&exhibit.issuing)?),
        CertificateDer::from(read(&exhibit.signer)?),
    );
    let mut crls = Vec::new();
    for name in &exhibit.crls {
        let der = read(name)?;
        crls.push(CertRevocationList::from(
            BorrowedCertRevocationList::from_der(&der)?.to_owned()?,
        ));
    }
    let crls: Vec<&CertRevocationList> = crls.iter().collect();
    let revocation = RevocationOptionsBuilder::new(&crls)
        .map_err(|_| "no CRL at all")?
        .with_depth(RevocationCheckDepth::Chain)
        .with_status_policy(UnknownStatusPolicy::Deny)
        .with_expiration_policy(ExpirationPolicy::Enforce)
        .build();
    EndEntityCert::try_from(&signer)?.verify_for_usage(
        ALL_VERIFICATION_ALGS,
        &[anchor_from_trusted_cert(&root)?],
        &[issuing],
        UnixTime::since_unix_epoch(Duration::from_secs(exhibit.judged_at)),
        KeyUsage::client_auth(),
        Some(revocation),
        None,
    )?;
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let argument = env::args().nth(1).ok_or("name the folder of cases.json")?;
    let folder = Path::new(&argument);
    let exhibits: Exhibits = serde_json::from_slice(&fs::read(folder.join("cases.json"))?)?;
    let verdicts: Vec<Verdict> = exhibits
        .cases
        .iter()
        .map(|exhibit| match judge(folder, &exhibits.root, exhibit) {
            Ok(()) => Verdict {
                name: &exhibit.name,
                accepted: true,
                word: "a good chain".into(),
            },
            Err(error) => Verdict {
                name: &exhibit.name,
                accepted: false,
                word: error.to_string(),
            },
        })
        .collect();
    println!("{}", serde_json::to_string(&verdicts)?);
    Ok(())
}
