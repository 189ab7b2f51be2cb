// Command quantities prints milli-values.tsv: a quantity, what k8s.io/apimachinery v0.34.1 reads in it, in milli-units,
// rounded away from zero, and what Quantity.MilliValue returns where that differs. In a copy of this file:
//
//	go mod init quantities && go get k8s.io/apimachinery@v0.34.1 && go mod tidy && go run . > milli-values.tsv
//
// MilliValue differs where its arithmetic overflows int64. Below zero it also differs for numbers of more than 18 digits
// or finer than a nano, and for fractions with a binary suffix: scale_int.go truncates them and then adds 1. The HPA does
// not see that, because kube-apiserver has rewritten them in canonical form (-0.5n as -1n), which is read correctly.
package main

import (
	"fmt"
	"log"

	"gopkg.in/inf.v0"
	"k8s.io/apimachinery/pkg/api/resource"
)

var numbers = []string{
	"0", "0.0", "1", "01", "+1", "1.", ".5", "1.5", "999", "1000", "1500", "1501", "1.2344", "1.2345", "0.0001", "0.001",
	"1.2340000000000000000000001", "0.000000001", "0.0000000001", "0.00000000000000000001", "1.000000001", "1.0000000001",
	"12345678901234567", "922337203685477.5807", "9223372036854775.807", "9223372036854775.8071", "9223372036854775807",
	"9223372036854775808", "12345678901234567890123456789",
}

var suffixes = []string{
	"", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei",
	"e0", "E0", "e1", "E3", "e+3", "e-1", "E-3", "e-4", "e-9", "e-10", "e-20", "e15", "e16", "e20",
}

func main() {
	for _, sign := range []string{"", "-"} {
		for _, number := range numbers {
			if sign != "" && number[0] == '+' {
				continue
			}
			for _, suffix := range suffixes {
				row(sign + number + suffix)
			}
		}
	}
}

func row(text string) {
	quantity, err := resource.ParseQuantity(text)
	if err != nil {
		log.Fatalf("%s: %v", text, err)
	}
	read := quantity.MilliValue()
	milli := new(inf.Dec).Round(quantity.AsDec(), 3, inf.RoundUp).UnscaledBig()
	if milli.IsInt64() && milli.Int64() == read {
		fmt.Printf("%s\t%s\n", text, milli)
	} else {
		fmt.Printf("%s\t%s\t%d\n", text, milli, read)
	}
}
