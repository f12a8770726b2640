import { CONNECTOR_ERRORS, ConnectorError } from "../sdk/connector-error.ts";
import type { Redact } from "../sdk/redact.ts";

/** One thing that was looked at. Plain JSON; no secret is in it. */
export interface Finding {
  readonly check: "credentials" | "reach" | "permissions" | "clock" | "quota";
  /** `unknown`: nothing tells. */
  readonly state: "ok" | "wrong" | "unknown";
  readonly message: string;
  /** What to do about what is wrong. */
  readonly remedy?: string;
  /** True of what is wrong and may pass by itself. */
  readonly mayPass?: true;
}

/** What failed, in its own words but without secrets. */
export function wrong(check: Finding["check"], error: unknown, redact: Redact, remedy: string): Finding {
  const mayPass = error instanceof ConnectorError && CONNECTOR_ERRORS[error.code].retry;
  return {
    check,
    state: "wrong",
    message: redact(messageOf(error)),
    remedy: mayPass ? `try again; if that does not help: ${remedy}` : remedy,
    ...(mayPass && { mayPass: true }),
  };
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
