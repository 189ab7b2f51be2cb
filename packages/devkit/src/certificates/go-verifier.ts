import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { goExecutable } from '../tools/go.ts';

/** The result of Go's crypto/x509 and kube-apiserver for a client certificate. */
export interface GoVerdict {
  /** Why it is refused; absent: it is accepted. */
  readonly error?: string;
  readonly name?: string;
  readonly groups?: readonly string[];
}

export interface GoVerifier extends AsyncDisposable {
  /** DER of a leaf and its intermediates, and of the authorities. */
  verify(chain: readonly Buffer[], roots: readonly Buffer[]): Promise<GoVerdict>;
}

/** As kube-apiserver verifies a certificate (k8s.io/apiserver authentication/request/x509/x509.go), by Go's own library. */
export async function startGoVerifier(): Promise<GoVerifier> {
  const command = await goExecutable({
    name: 'go-certificate-verifier',
    version: '1',
    requirements: '',
    target: '.',
    main: MAIN,
  });
  const child = spawn(command, { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const answers: ((line: string) => void)[] = [];
  createInterface(child.stdout).on('line', (line) => answers.shift()?.(line));
  const base64 = (list: readonly Buffer[]) => list.map((each) => each.toString('base64'));
  return {
    async verify(chain, roots) {
      const answer = new Promise<string>((resolve, reject) => {
        answers.push(resolve);
        void ended.then(() => reject(new Error('the Go verifier has ended')));
      });
      child.stdin.write(`${JSON.stringify({ chain: base64(chain), roots: base64(roots) })}\n`);
      return JSON.parse(await answer);
    },
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      await ended;
    },
  };
}

const MAIN = `package main

import (
	"bufio"
	"crypto/x509"
	"encoding/json"
	"errors"
	"os"
)

type question struct {
	Chain [][]byte
	Roots [][]byte
}

type verdict struct {
	Error  string   \`json:"error,omitempty"\`
	Name   string   \`json:"name,omitempty"\`
	Groups []string \`json:"groups,omitempty"\`
}

func verify(q question) (*x509.Certificate, error) {
	roots, intermediates := x509.NewCertPool(), x509.NewCertPool()
	for _, der := range q.Roots {
		if root, err := x509.ParseCertificate(der); err == nil {
			roots.AddCert(root)
		}
	}
	var leaf *x509.Certificate
	for i, der := range q.Chain {
		certificate, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, err
		}
		if i == 0 {
			leaf = certificate
		} else {
			intermediates.AddCert(certificate)
		}
	}
	usages := []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	_, err := leaf.Verify(x509.VerifyOptions{Roots: roots, Intermediates: intermediates, KeyUsages: usages})
	if err == nil && leaf.Subject.CommonName == "" {
		err = errors.New("names nobody")
	}
	return leaf, err
}

func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 1<<24)
	out := json.NewEncoder(os.Stdout)
	for in.Scan() {
		var q question
		if err := json.Unmarshal(in.Bytes(), &q); err != nil {
			panic(err)
		}
		if leaf, err := verify(q); err != nil {
			out.Encode(verdict{Error: err.Error()})
		} else {
			out.Encode(verdict{Name: leaf.Subject.CommonName, Groups: leaf.Subject.Organization})
		}
	}
}
`;
