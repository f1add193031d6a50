"""Verifies a Security Event Token (RFC 8417): verify_set.py TOKEN JWKS ISSUER AUDIENCE"""

import json
import sys
from pathlib import Path

from joserfc import jws
from joserfc.jwk import KeySet


def verify_set(token, jwks, issuer, audience):
    """Returns the claims; raises an exception for whatever must not be acted on.

    jwks: what the CA publishes at /jwks.json, parsed; issuer and audience: `iss` and `aud` of your stream.
    """
    keys = KeySet.import_key_set(jwks)
    signed = jws.deserialize_compact(token, keys, algorithms=["ES256", "RS256"])
    header, claims = signed.headers(), json.loads(signed.payload)
    if header.get("typ") != "secevent+jwt":
        raise ValueError("typ is not secevent+jwt: a token of another kind")
    if claims.get("iss") != issuer:
        raise ValueError("iss is another issuer")
    if audience not in (claims["aud"] if isinstance(claims.get("aud"), list) else [claims.get("aud")]):
        raise ValueError("aud is another party")
    for claim in ("sub", "exp"):
        if claim in claims:
            raise ValueError(f"{claim} has no place in such a token: it may be an ID token or an access token")
    events = claims.get("events")
    if not isinstance(claims.get("jti"), str) or not isinstance(events, dict) or len(events) != 1:
        raise ValueError("not one event with a jti")
    return claims  # remember jti, and act on each once


if __name__ == "__main__":
    token, jwks = (Path(name).read_text() for name in sys.argv[1:3])
    try:
        print(json.dumps(verify_set(token, json.loads(jwks), *sys.argv[3:5])))
    except Exception as refusal:
        sys.exit(f"refused: {type(refusal).__name__}: {refusal}")
