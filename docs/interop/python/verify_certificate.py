"""Verifies a certificate and that it is not revoked now: verify_certificate.py CERTIFICATE ISSUING ROOT (DER)"""

import asyncio
import json
import sys
from contextlib import aclosing
from pathlib import Path

from asn1crypto import x509
from pyhanko_certvalidator import CertificateValidator
from pyhanko_certvalidator.context import ValidationContext


async def verify_certificate(certificate, issuing, root):
    """Returns the subject's pseudonym. Raises an exception if there is no path to the root, if a certificate of it
    is revoked, and if the status of one cannot be had from the addresses in the certificates.
    """
    options = {"allow_fetching": True, "revocation_mode": "require"}
    async with aclosing(ValidationContext([root], other_certs=[issuing], **options)) as context:
        await CertificateValidator(certificate, validation_context=context).async_validate_usage({"non_repudiation"})
    return certificate.subject.native["serial_number"]


if __name__ == "__main__":
    certificates = [x509.Certificate.load(Path(name).read_bytes()) for name in sys.argv[1:4]]
    try:
        print(json.dumps({"subject": asyncio.run(verify_certificate(*certificates))}))
    except Exception as refusal:
        sys.exit(f"refused: {type(refusal).__name__}: {refusal}")
