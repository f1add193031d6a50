module interop

go 1.26.0

require (
	github.com/go-jose/go-jose/v4 v4.1.9
	github.com/smallstep/pkcs7 v0.2.3
	golang.org/x/crypto v0.59.0
)
