"""Fetches what a consent gives and acknowledges it: fetch_change.py GATEWAY CLIENT_ID KEY CONSENT"""

import base64
import hashlib
import json
import sys
import time
import urllib.parse
import urllib.request
import uuid
from pathlib import Path

from joserfc import jwt
from joserfc.jwk import ECKey

dpop_key = ECKey.generate_key("P-256")  # of this process; tokens are bound to it


def proof(method, url, token=None):
    """A DPoP proof (RFC 9449 §4) for one request."""
    claims = {"jti": str(uuid.uuid4()), "iat": int(time.time()), "htm": method, "htu": url.split("?")[0]}
    if token:
        digest = hashlib.sha256(token.encode()).digest()
        claims["ath"] = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    header = {"typ": "dpop+jwt", "alg": "ES256", "jwk": dpop_key.as_dict(private=False)}
    return jwt.encode(header, claims, dpop_key)


def send(method, url, body=None, **headers):
    request = urllib.request.Request(url, method=method, data=body, headers=headers)
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def get_token(issuer, client_id, key, scope):
    """A token of the party's server: client credentials with private_key_jwt, for the issuer /openid."""
    now = int(time.time())
    claims = {"iss": client_id, "sub": client_id, "aud": issuer, "jti": str(uuid.uuid4()), "iat": now, "exp": now + 60}
    form = {
        "grant_type": "client_credentials",
        "scope": scope,
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": jwt.encode({"alg": "ES256", "kid": key.kid}, claims, key),
    }
    url = f"{issuer}/token"
    return send("POST", url, urllib.parse.urlencode(form).encode(), DPoP=proof("POST", url))["access_token"]


def call(token, method, url, body=None):
    """A request with the token, and a proof of its own."""
    headers = {"Authorization": f"DPoP {token}", "DPoP": proof(method, url, token)}
    if body is None:
        return send(method, url, **headers)
    return send(method, url, json.dumps(body).encode(), **headers, **{"Content-Type": "application/json"})


if __name__ == "__main__":
    gateway, client_id, key_file, consent = sys.argv[1:5]
    key = ECKey.import_key(json.loads(Path(key_file).read_text()))
    token = get_token(f"{gateway}/openid", client_id, key, "attributes")
    given = call(token, "GET", f"{gateway}/v1/attributes?consent={consent}")
    print(json.dumps(given, ensure_ascii=False))
    # ... write it to your own records; then say so:
    done = {"consentId": consent, "anchorVersion": given["anchorVersion"], "outcome": "applied"}
    print(json.dumps(call(token, "POST", f"{gateway}/v1/acknowledgements", done)))
