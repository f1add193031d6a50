"""Verifies a time-stamped transaction (CAdES-B-T): verify_transaction.py CMS ROOT TSA SUBJECT"""

import asyncio
import sys
from pathlib import Path

from asn1crypto import cms, x509
from pyhanko.sign.ades.report import AdESIndeterminate, AdESPassed
from pyhanko.sign.validation.ades import ades_basic_validation, ades_with_time_validation
from pyhanko.sign.validation.policy_decl import (
    RevinfoOnlineFetchingRule,
    RevocationInfoGatheringSpec,
    SignatureValidationSpec,
)
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.policy_decl import NO_REVOCATION, REQUIRE_REVINFO, CertRevTrustPolicy
from pyhanko_certvalidator.registry import SimpleTrustManager


def trusting(root, revocation):
    return CertValidationPolicySpec(
        trust_manager=SimpleTrustManager.build(trust_roots=[root]),
        revinfo_policy=CertRevTrustPolicy(revocation_checking_policy=revocation),
    )


async def verify_transaction(message, root, tsa, subject):
    """Returns the signed text, bytes.

    tsa: the time-stamp authority's certificate, as your trusted list names it; subject: the customer's pseudonym, `sub`
    of the ID token. Raises an exception unless the signature was there, by the time-stamp, before any revocation of the signer's
    certificate (EN 319 102-1).
    """
    signed = cms.ContentInfo.load(message, strict=True)["content"]
    spec = SignatureValidationSpec(
        cert_validation_policy=trusting(root, REQUIRE_REVINFO),
        ts_cert_validation_policy=trusting(tsa, NO_REVOCATION),
        revinfo_gathering_policy=RevocationInfoGatheringSpec(
            online_fetching_rule=RevinfoOnlineFetchingRule.ALWAYS_FETCH
        ),
        key_usage_settings=KeyUsageConstraints(key_usage={"non_repudiation"}),
    )
    # A time-stamp helps against a later revocation of the signer's certificate, and against nothing else: what a
    # revoked CA has signed nobody can date.
    basic = await ades_basic_validation(signed, spec)
    if basic.ades_subindic not in (AdESPassed.OK, AdESIndeterminate.REVOKED_NO_POE):
        raise ValueError(f"{basic.ades_subindic}: {basic.failure_msg}")
    result = await ades_with_time_validation(signed, spec)
    if result.ades_subindic != AdESPassed.OK:
        raise ValueError(f"with the time-stamp, {result.ades_subindic}: {result.failure_msg}")
    signer = result.api_status.signing_cert.subject.native.get("serial_number")
    if signer != subject:
        raise ValueError(f"the subject is another: {signer}")
    return signed["encap_content_info"]["content"].native


if __name__ == "__main__":
    message, *certificates = (Path(name).read_bytes() for name in sys.argv[1:4])
    roots = [x509.Certificate.load(der) for der in certificates]
    try:
        print(asyncio.run(verify_transaction(message, *roots, sys.argv[4])).decode())
    except Exception as refusal:
        sys.exit(f"refused: {type(refusal).__name__}: {refusal}")
