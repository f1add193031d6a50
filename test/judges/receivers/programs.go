//go:build tools

// Package receivers pins, besides the receiver in sgnl/, the programs that are built as they are.
package receivers

import _ "github.com/i2-open/i2goSignals/cmd/goSignalsServer"
