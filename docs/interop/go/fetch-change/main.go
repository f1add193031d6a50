// Fetches what a consent gives and acknowledges it: fetch-change GATEWAY CLIENT_ID KEY CONSENT
package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

type claims = map[string]any

// dpopKey is of this process; tokens are bound to it.
var dpopKey, _ = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)

func sign(key any, options *jose.SignerOptions, of claims) string {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: key}, options)
	must(err)
	of["jti"], of["iat"] = rand.Text(), time.Now().Unix()
	signed, err := jwt.Signed(signer).Claims(of).Serialize()
	must(err)
	return signed
}

// proof is a DPoP proof (RFC 9449 §4) for one request.
func proof(method, address, token string) string {
	of := claims{"htm": method, "htu": strings.Split(address, "?")[0]}
	if token != "" {
		digest := sha256.Sum256([]byte(token))
		of["ath"] = base64.RawURLEncoding.EncodeToString(digest[:])
	}
	return sign(dpopKey, (&jose.SignerOptions{EmbedJWK: true}).WithType("dpop+jwt"), of)
}

// getToken returns a token of the party's server: client credentials with private_key_jwt, for the issuer /openid.
func getToken(issuer, clientID string, key jose.JSONWebKey, scope string) string {
	assertion := sign(key, nil, claims{"iss": clientID, "sub": clientID, "aud": issuer, "exp": time.Now().Unix() + 60})
	form := url.Values{
		"grant_type":            {"client_credentials"},
		"scope":                 {scope},
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
		"client_assertion":      {assertion},
	}
	address := issuer + "/token"
	answer := send("POST", address, "application/x-www-form-urlencoded", form.Encode(), "", proof("POST", address, ""))
	return answer["access_token"].(string)
}

// call sends a request with the token, and a proof of its own.
func call(token, method, address, body string) claims {
	return send(method, address, "application/json", body, "DPoP "+token, proof(method, address, token))
}

func send(method, address, contentType, body, authorization, proof string) claims {
	request, err := http.NewRequest(method, address, bytes.NewBufferString(body))
	must(err)
	request.Header.Set("DPoP", proof)
	if body != "" {
		request.Header.Set("Content-Type", contentType)
	}
	if authorization != "" {
		request.Header.Set("Authorization", authorization)
	}
	response, err := http.DefaultClient.Do(request)
	must(err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	must(err)
	if response.StatusCode != http.StatusOK {
		log.Fatalf("%s: %s", response.Status, text)
	}
	var answer claims
	must(json.Unmarshal(text, &answer))
	return answer
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func main() {
	gateway, clientID, consent := os.Args[1], os.Args[2], os.Args[4]
	text, err := os.ReadFile(os.Args[3])
	must(err)
	var key jose.JSONWebKey
	must(key.UnmarshalJSON(text))
	token := getToken(gateway+"/openid", clientID, key, "attributes")
	given := call(token, "GET", gateway+"/v1/attributes?consent="+consent, "")
	shown, _ := json.Marshal(given)
	fmt.Println(string(shown))
	// ... write it to your own records; then say so:
	done, _ := json.Marshal(claims{"consentId": consent, "anchorVersion": given["anchorVersion"], "outcome": "applied"})
	acknowledged, _ := json.Marshal(call(token, "POST", gateway+"/v1/acknowledgements", string(done)))
	fmt.Println(string(acknowledged))
}
