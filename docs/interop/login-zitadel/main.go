package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"log"
	"net/http"
	"os"

	"github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/pkg/client/rp"
	httphelper "github.com/zitadel/oidc/v3/pkg/http"
	"github.com/zitadel/oidc/v3/pkg/oidc"
)

// expected is the nonce of the request whose answer is handled.
type expected struct{}

func main() {
	origin := "http://127.0.0.1:" + os.Getenv("PORT")
	secret := make([]byte, 32)
	rand.Read(secret)
	// Over https without WithUnsecure.
	cookies := httphelper.NewCookieHandler(secret, secret, httphelper.WithUnsecure())
	scopes := []string{oidc.ScopeOpenID, "name", "address", "birthdate", "gender"}
	kazasu, err := rp.NewRelyingPartyOIDC(context.Background(),
		os.Getenv("ISSUER"), os.Getenv("CLIENT_ID"), "", origin+"/callback", scopes,
		rp.WithPKCE(cookies),
		rp.WithJWTProfile(signer),
		rp.WithVerifierOpts(rp.WithNonce(func(ctx context.Context) string {
			nonce, _ := ctx.Value(expected{}).(string)
			return nonce
		})))
	must(err)
	// The library makes state and PKCE, and no nonce.
	http.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		nonce := rand.Text()
		must(cookies.SetCookie(w, "nonce", nonce))
		rp.AuthURLHandler(rand.Text, kazasu, rp.WithURLParam("nonce", nonce))(w, r)
	})
	finish := rp.CodeExchangeHandler(rp.UserinfoCallback(show), kazasu)
	http.HandleFunc("GET /callback", func(w http.ResponseWriter, r *http.Request) {
		nonce, err := cookies.CheckCookie(r, "nonce")
		// RFC 9207: the library does not compare it.
		if err != nil || r.URL.Query().Get("iss") != os.Getenv("ISSUER") {
			http.Error(w, "This browser has begun no login.", http.StatusBadRequest)
			return
		}
		cookies.DeleteCookie(w, "nonce")
		finish(w, r.WithContext(context.WithValue(r.Context(), expected{}, nonce)))
	})
	log.Printf("open %s/", origin)
	must(http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), nil))
}

func signer() (jose.Signer, error) {
	text, err := os.ReadFile(os.Getenv("CLIENT_KEY"))
	if err != nil {
		return nil, err
	}
	var key jose.JSONWebKey
	if err := json.Unmarshal(text, &key); err != nil {
		return nil, err
	}
	return jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: key}, nil)
}

func show(w http.ResponseWriter, _ *http.Request, tokens *oidc.Tokens[*oidc.IDTokenClaims], _ string, _ rp.RelyingParty, info *oidc.UserInfo) {
	w.Header().Set("content-type", "application/json")
	json.NewEncoder(w).Encode(map[string]any{"sub": tokens.IDTokenClaims.Subject, "userinfo": info})
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
