import { ConnectorError } from "../connector-error.ts";

/**
 * How far a request came that got no answer: its address is refused; its name has no address, or cannot be looked up at the
 * moment; there is nobody at the address; who is there has no certificate that holds; or the connection ended before the answer.
 */
export type FailedStep = "refused" | "no such name" | "lookup" | "connection" | "certificate" | "answer";

/** The codes of Node, OpenSSL and undici. */
const STEPS: readonly (readonly [code: RegExp, step: FailedStep])[] = [
  [/^(ENOTFOUND|ENODATA)$/, "no such name"],
  [/^(EAI_\w+|ESERVFAIL|EREFUSED|ETIMEOUT)$/, "lookup"],
  [/^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|ETIMEDOUT|UND_ERR_CONNECT_TIMEOUT)$/, "connection"],
  [/^(EPROTO|CERT_|ERR_TLS_|ERR_SSL_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|HOSTNAME_MISMATCH)/, "certificate"],
];

/** What a failure of the guarded client came from. */
export function failedStep(error: unknown): FailedStep {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof ConnectorError && cause.code === "InvalidArgument") return "refused";
    const code = "code" in cause ? String(cause.code) : "";
    const step = STEPS.find(([pattern]) => pattern.test(code))?.[1];
    if (step !== undefined) return step;
  }
  return "answer";
}
