import json
import os
import secrets

from authlib.integrations.flask_client import OAuth
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from flask import Flask, jsonify, url_for
from joserfc.jwk import ECKey

issuer = os.environ["ISSUER"]
with open(os.environ["CLIENT_KEY"]) as file:
    # As an object: Authlib takes text and dictionaries for RSA keys.
    key = ECKey.import_key(json.load(file))

app = Flask(__name__)
app.secret_key = secrets.token_bytes(32)
kazasu = OAuth(app).register(
    "kazasu",
    server_metadata_url=f"{issuer}/.well-known/openid-configuration",
    client_id=os.environ["CLIENT_ID"],
    client_secret=key,
    client_auth_methods=[PrivateKeyJWT(alg="ES256", headers={"kid": key.kid})],
    client_kwargs={
        "scope": "openid name address birthdate gender",
        "code_challenge_method": "S256",
        "token_endpoint_auth_method": "private_key_jwt",
    },
)


@app.get("/")
def begin():
    return kazasu.authorize_redirect(url_for("finish", _external=True))


@app.get("/callback")
def finish():
    token = kazasu.authorize_access_token()
    sub = token["userinfo"]["sub"]
    userinfo = kazasu.userinfo(token=token)
    # OpenID Connect Core 5.3.2: what UserInfo says of somebody else is not used.
    if userinfo["sub"] != sub:
        raise ValueError("UserInfo is of another subject.")
    return jsonify(sub=sub, userinfo=userinfo)


app.run("127.0.0.1", int(os.environ["PORT"]))
