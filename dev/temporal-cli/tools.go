//go:build tools

// Package tools pins the Temporal CLI, so that one `go build` makes the dev server reproducibly.
package tools

import _ "github.com/temporalio/cli/cmd/temporal"
