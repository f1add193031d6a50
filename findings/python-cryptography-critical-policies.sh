#!/usr/bin/env bash
# Python's cryptography 50.0.2 (cryptography.x509.verification), seen 2026-12-01.
#
# RFC 5280 §4.2: applications "MUST recognize" certificatePolicies, which may be critical, as in the certificates of the
# Japanese JPKI. One would expect the client verifier to build a path for such a certificate, since no policy is asked
# for. With its defaults it says
#
#   policies not critical    valid
#   policies critical        certificate contains unaccounted-for critical extensions
#
# and accepts both with an ExtensionPolicy that says the extension may be present. (Its defaults are those of the web's
# PKI, and require a subjectAltName too.) rustls-webpki 0.103.17 refuses such a certificate in the same way, without an
# option: UnsupportedCriticalExtension. Both err on the side of refusing.
#
# Wants: bash, openssl 3, python3 with venv. Exits 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

cat >ca.cnf <<'CNF'
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[plain]
authorityKeyIdentifier = keyid
subjectAltName = email:a@example.com
keyUsage = critical,digitalSignature
certificatePolicies = 1.3.6.1.4.1.32473.1.1
[critical]
authorityKeyIdentifier = keyid
subjectAltName = email:a@example.com
keyUsage = critical,digitalSignature
certificatePolicies = critical,1.3.6.1.4.1.32473.1.1
[req]
distinguished_name = dn
[dn]
CNF
ec=(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -config ca.cnf)
openssl req -x509 "${ec[@]}" -keyout root.key -out root.pem -subj /CN=root -days 30 -extensions root 2>/dev/null
openssl req "${ec[@]}" -keyout leaf.key -out leaf.csr -subj /CN=leaf 2>/dev/null
for policies in plain critical; do
  openssl x509 -req -in leaf.csr -CA root.pem -CAkey root.key -days 20 -extfile ca.cnf -extensions $policies \
    -out $policies.pem 2>/dev/null
  openssl verify -CAfile root.pem $policies.pem >&2
done
python3 -m venv venv
venv/bin/pip install -q cryptography==50.0.2 >&2

cat >ask.py <<'PY'
from pathlib import Path

from cryptography.x509 import CertificatePolicies, load_pem_x509_certificate
from cryptography.x509.verification import (
    Criticality,
    ExtensionPolicy,
    PolicyBuilder,
    Store,
    VerificationError,
)


def load(name):
    return load_pem_x509_certificate(Path(f"{name}.pem").read_bytes())


ours = ExtensionPolicy.webpki_defaults_ee().may_be_present(CertificatePolicies, Criticality.AGNOSTIC, None)
default = PolicyBuilder().store(Store([load("root")]))
told = default.extension_policies(ca_policy=ExtensionPolicy.webpki_defaults_ca(), ee_policy=ours)
for name, builder in (("defaults", default), ("may be present", told)):
    for policies in ("plain", "critical"):
        try:
            builder.build_client_verifier().verify(load(policies), [])
            said = "valid"
        except VerificationError as refusal:
            said = "unaccounted-for" if "unaccounted-for critical" in str(refusal) else f"refused: {refusal}"
        print(f"{name}, {policies}: {said}")
PY
got=$(venv/bin/python ask.py)
echo "$got"
diff <(echo "$got") - <<'EXPECTED'
defaults, plain: valid
defaults, critical: unaccounted-for
may be present, plain: valid
may be present, critical: valid
EXPECTED
