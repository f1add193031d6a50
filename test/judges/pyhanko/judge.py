"""pyHanko as a judge of time-stamped transactions: EN 319 102-1, basic and with time (sections 5.3 and 5.5),
offline.

Every certificate's status is required, from what the case brings. Prints its verdicts as JSON.
"""

import asyncio
import json
import sys
from datetime import datetime, timezone
from pathlib import Path

from asn1crypto import cms, crl, ocsp, x509
from pyhanko.sign.ades.report import AdESIndeterminate, AdESPassed
from pyhanko.sign.validation.ades import ades_basic_validation, ades_with_time_validation
from pyhanko.sign.validation.policy_decl import (
    LocalKnowledge,
    RevinfoOnlineFetchingRule,
    RevocationInfoGatheringSpec,
    SignatureValidationSpec,
)
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.ltv.types import ValidationTimingInfo
from pyhanko_certvalidator.policy_decl import NO_REVOCATION, REQUIRE_REVINFO, CertRevTrustPolicy
from pyhanko_certvalidator.registry import SimpleTrustManager
from pyhanko_certvalidator.revinfo.archival import CRLContainer, OCSPContainer


def trusting(certificate, revocation):
    return CertValidationPolicySpec(
        trust_manager=SimpleTrustManager.build(trust_roots=[certificate]),
        revinfo_policy=CertRevTrustPolicy(revocation_checking_policy=revocation),
    )


async def judge(folder, exhibits, case):
    def read(name):
        return (folder / name).read_bytes()

    def certificate(name):
        return x509.Certificate.load(read(name))

    status = LocalKnowledge(
        known_crls=[CRLContainer(crl.CertificateList.load(read(name))) for name in case["crls"]],
        known_ocsps=[
            each
            for name in case["ocsp"]
            for each in OCSPContainer.load_multi(ocsp.OCSPResponse.load(read(name)))
        ],
    )
    spec = SignatureValidationSpec(
        cert_validation_policy=trusting(certificate(exhibits["root"]), REQUIRE_REVINFO),
        ts_cert_validation_policy=trusting(certificate(exhibits["timeStamper"]), NO_REVOCATION),
        revinfo_gathering_policy=RevocationInfoGatheringSpec(
            online_fetching_rule=RevinfoOnlineFetchingRule.LOCAL_ONLY
        ),
        key_usage_settings=KeyUsageConstraints(key_usage={"non_repudiation"}),
        local_knowledge=status,
    )
    now = datetime.fromtimestamp(case["judgedAt"], timezone.utc)
    signed_data = cms.ContentInfo.load(read(case["cms"]))["content"]
    timing = ValidationTimingInfo(
        validation_time=now, best_signature_time=now, point_in_time_validation=True
    )
    result = await ades_basic_validation(signed_data, spec, timing_info=timing)
    # A time-stamp reverses the revocation of the signer alone: nobody dates what a revoked CA has signed.
    if result.ades_subindic in (AdESPassed.OK, AdESIndeterminate.REVOKED_NO_POE):
        result = await ades_with_time_validation(signed_data, spec, timing_info=timing)
    word = str(result.ades_subindic.standard_name)
    if result.failure_msg:
        word += f": {result.failure_msg}"
    return result.ades_subindic == AdESPassed.OK, word


async def verdict(folder, exhibits, case):
    try:
        accepted, word = await judge(folder, exhibits, case)
    except Exception as error:  # whatever it throws is a refusal, said in its words
        accepted, word = False, f"{type(error).__name__}: {error}"
    return {"name": case["name"], "accepted": accepted, "word": word}


async def main(folder):
    exhibits = json.loads((folder / "cases.json").read_text())
    return [await verdict(folder, exhibits, case) for case in exhibits["cases"]]


print(json.dumps(asyncio.run(main(Path(sys.argv[1])))))
