#!/usr/bin/env bash
# OpenSSL 3.0.19 (openssl verify), seen 2026-11-30.
#
# `-attime` sets the time as of which a chain is verified, and a CRL's entry has a revocationDate. One would expect
# `openssl verify -crl_check -attime T`, T before that date, to find the certificate good. It never compares the two:
#
#   -attime T                                OK
#   -attime T -crl_check, a CRL of today     error 11, the CRL is not yet valid, and error 23, certificate revoked
#
# So OpenSSL answers "was it revoked by then?" only with a CRL that was published by then. (`openssl ocsp` prints the
# Revocation Time of an answer, and leaves the comparison to whoever reads it.)
#
# Source: check_crl_time and cert_crl in crypto/x509/x509_vfy.c. Wants: bash, openssl 3. Exits 0 while this is so.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

cat >ca.cnf <<'CNF'
[ca]
default_ca = it
[it]
database = index.txt
default_md = sha256
serial = serial
new_certs_dir = .
policy = any
[any]
commonName = supplied
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[leaf]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
[req]
distinguished_name = dn
[dn]
CNF
at() { date -u -d "@$1" +%y%m%d%H%M%SZ; }
now=$(date +%s)
revoked=$((now - 3600))
ec=(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -config ca.cnf)
valid=(-startdate "$(at $((now - 864000)))" -enddate "$(at $((now + 864000)))")
touch index.txt
echo 1000 >serial
for name in root leaf; do
  openssl req "${ec[@]}" -keyout $name.key -out $name.csr -subj /CN=$name 2>/dev/null
done
openssl ca -batch -config ca.cnf -selfsign -keyfile root.key -in root.csr -extensions root -out root.pem \
  "${valid[@]}" 2>/dev/null
openssl ca -batch -config ca.cnf -cert root.pem -keyfile root.key -in leaf.csr -extensions leaf -out leaf.pem \
  "${valid[@]}" 2>/dev/null
printf 'R\t%s\t%s,superseded\t1001\tunknown\t/CN=leaf\n' "$(at $((now + 864000)))" "$(at $revoked)" >index.txt
openssl ca -gencrl -config ca.cnf -cert root.pem -keyfile root.key -crlhours 24 -out crl.pem 2>/dev/null

openssl version >&2
verify() {
  openssl verify -CAfile root.pem -attime $((revoked - 60)) "$@" leaf.pem 2>&1 | grep -oE 'OK|error [0-9]+' | paste -sd, || true
}
got="without a CRL: $(verify)
with one: $(verify -crl_check -CRLfile crl.pem)"
echo "$got"
diff <(echo "$got") - <<'EXPECTED'
without a CRL: OK
with one: error 11,error 23
EXPECTED
