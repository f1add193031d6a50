// A receiver on SGNL's library, as its example for polling is: it finds its stream, asks for a verification event, polls,
// verifies and acknowledges. It prints a line of JSON for each thing it did, and ends after the number of events it was told.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/sgnl-ai/caep.dev/secevent/pkg/event"
	"github.com/sgnl-ai/caep.dev/secevent/pkg/parser"
	"github.com/sgnl-ai/caep.dev/secevent/pkg/schemes/caep"
	"github.com/sgnl-ai/caep.dev/secevent/pkg/token"
	"github.com/sgnl-ai/caep.dev/ssfreceiver/auth"
	"github.com/sgnl-ai/caep.dev/ssfreceiver/builder"
	"github.com/sgnl-ai/caep.dev/ssfreceiver/options"
	"github.com/sgnl-ai/caep.dev/ssfreceiver/stream"
)

const attributesChanged event.EventType = "urn:kazasu:event:attributes-changed"

// changed is the transmitter's own event: the library lets an application register a parser for it.
type changed struct {
	event.BaseEvent
	Members map[string]any
}

func (c *changed) Validate() error              { return nil }
func (c *changed) Payload() any                 { return c.Members }
func (c *changed) MarshalJSON() ([]byte, error) { return json.Marshal(c.Members) }
func (c *changed) UnmarshalJSON(data []byte) error {
	c.SetType(attributesChanged)
	return json.Unmarshal(data, &c.Members)
}

func main() {
	if len(os.Args) != 4 {
		fail(fmt.Errorf("usage: sgnl poll METADATA-URL EVENTS | sgnl push PORT EVENTS"))
	}
	event.RegisterEventParser(attributesChanged, func(data []byte) (event.Event, error) {
		parsed := &changed{}
		return parsed, parsed.UnmarshalJSON(data)
	})
	wanted, err := strconv.Atoi(os.Args[3])
	if err != nil {
		fail(err)
	}
	if os.Args[1] == "push" {
		push(os.Args[2], wanted)
	} else {
		poll(os.Args[2], wanted)
	}
}

func poll(metadataURL string, wanted int) {
	ctx := context.Background()
	bearer, err := auth.NewBearer(os.Getenv("STREAM_TOKEN"))
	if err != nil {
		fail(err)
	}
	build, err := builder.New(metadataURL,
		builder.WithPollDelivery(),
		builder.WithAuth(bearer),
		builder.WithEventTypes([]event.EventType{attributesChanged, caep.EventTypeCredentialChange}),
		builder.WithExistingCheck(),
	)
	if err != nil {
		fail(err)
	}
	found, err := build.Setup(ctx)
	if err != nil {
		fail(err)
	}
	say("setup", map[string]any{"stream": found.GetStreamID()})
	status, err := found.GetStatus(ctx)
	if err != nil {
		fail(err)
	}
	say("status", map[string]any{"status": status.Status})
	// The library takes the 204 of the specification for a failure; the request was made all the same.
	verified := found.Verify(ctx, options.WithState("a-state"))
	say("verify", map[string]any{"error": fmt.Sprint(verified)})
	configuration := found.GetConfiguration()
	reader := parserOf(found.GetMetadata().GetJWKSUri().String(), configuration.GetIssuer().String(), configuration.GetAudience())
	receive(ctx, found, reader, wanted)
}

func parserOf(jwks string, issuer string, audience []string) *parser.Parser {
	return parser.NewParser(
		parser.WithJWKSURL(jwks),
		parser.WithExpectedIssuer(issuer),
		parser.WithExpectedAudience(audience...),
	)
}

func receive(ctx context.Context, from stream.Stream, reader *parser.Parser, wanted int) {
	for wanted > 0 {
		sets, err := from.Poll(ctx, options.WithMaxEvents(10), options.WithAutoAck(true))
		if err != nil {
			fail(err)
		}
		for _, set := range sets {
			read, err := reader.ParseSecEvent(set)
			if err != nil {
				fail(err)
			}
			sayEvent(read)
			wanted--
		}
		time.Sleep(200 * time.Millisecond)
	}
}

// push listens as the library's example for pushing does: the endpoint is the application's, and the library reads the events.
func push(port string, wanted int) {
	done := make(chan struct{})
	var received atomic.Int64
	reader := parserOf(os.Getenv("JWKS_URL"), os.Getenv("ISSUER"), []string{os.Getenv("AUDIENCE")})
	server := &http.Server{}
	server.Handler = http.HandlerFunc(func(response http.ResponseWriter, request *http.Request) {
		body, err := io.ReadAll(request.Body)
		if err == nil && request.Header.Get("Authorization") != os.Getenv("EXPECTED_AUTHORIZATION") {
			response.WriteHeader(http.StatusUnauthorized)
			return
		}
		read, err := reader.ParseSecEvent(strings.TrimSpace(string(body)))
		if err != nil {
			response.WriteHeader(http.StatusBadRequest)
			_, _ = fmt.Fprintf(response, `{"err":"invalid_request"}`)
			say("refuse", map[string]any{"error": err.Error()})
			return
		}
		response.WriteHeader(http.StatusAccepted)
		sayEvent(read)
		if received.Add(1) == int64(wanted) {
			close(done)
		}
	})
	listener, err := net.Listen("tcp", "127.0.0.1:"+port)
	if err != nil {
		fail(err)
	}
	go func() { _ = server.Serve(listener) }()
	say("listen", map[string]any{"port": port})
	<-done
	// The last answer is still on its way.
	if err := server.Shutdown(context.Background()); err != nil {
		fail(err)
	}
}

func sayEvent(read *token.SecEvent) {
	subject, err := read.Subject.Payload()
	if err != nil {
		fail(err)
	}
	say("receive", map[string]any{
		"jti": read.ID, "type": read.Event.Type(), "subject": subject, "event": read.Event.Payload(),
	})
}

// say prints a line that begins with what was done.
func say(did string, more map[string]any) {
	line, err := json.Marshal(more)
	if err != nil {
		fail(err)
	}
	fmt.Printf("{\"did\":%q,%s\n", did, line[1:])
}

func fail(err error) {
	_, _ = fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
