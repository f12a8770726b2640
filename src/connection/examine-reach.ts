import { ConnectorError } from "../sdk/connector-error.ts";
import type { Dispatch } from "../sdk/http/dispatch.ts";
import { type FailedStep, failedStep } from "../sdk/http/failed-step.ts";
import type { HttpSheet, OpenedProfile } from "../sdk/http/http-sheet.ts";
import type { Redact } from "../sdk/redact.ts";
import { type Finding, messageOf, wrong } from "./finding.ts";

const LIMIT_MS = 20_000;

interface Way {
  /** The guarded client. */
  readonly send: Dispatch;
  readonly redact: Redact;
}

/** Knocks at every address of a profile. False when there is no way to one of them. */
export async function* examineReach(
  sheet: HttpSheet,
  profile: OpenedProfile,
  { send, redact }: Way,
): AsyncGenerator<Finding, boolean> {
  let addresses: readonly URL[];
  try {
    addresses = sheet.addresses(profile);
  } catch (error) {
    yield wrong("reach", error, redact, CORRECT_ADDRESS);
    return false;
  }
  let isReached = true;
  for (const url of addresses) {
    const finding = await knock(url, { send, redact });
    yield finding;
    isReached &&= finding.state === "ok";
  }
  return isReached;
}

/** Whatever it answers, it is there. No credential is sent. */
async function knock(url: URL, { send, redact }: Way): Promise<Finding> {
  const check = "reach";
  try {
    const { status, body } = await send({ method: "HEAD", url, deadlineMs: LIMIT_MS });
    await body.cancel();
    return { check, state: "ok", message: `${url.origin} answers (with ${status})` };
  } catch (error) {
    // A redirect that is not followed is an answer, too.
    if (error instanceof ConnectorError && error.code === "ClientError") {
      return { check, state: "ok", message: `${url.origin} answers` };
    }
    const { fault, remedy, mayPass } = UNREACHED[failedStep(error)];
    const message = fault === undefined ? redact(messageOf(error)) : `${url.origin}: ${fault}`;
    return { check, state: "wrong", message, remedy, ...(mayPass && { mayPass: true }) };
  }
}

const CORRECT_ADDRESS = "correct the address in the profile's properties, with UpdateConnectorProfile";

interface Unreached {
  /** Undefined: the error says it. */
  readonly fault?: string;
  readonly remedy: string;
  readonly mayPass: boolean;
}

const UNREACHED: Readonly<Record<FailedStep, Unreached>> = {
  refused: { remedy: CORRECT_ADDRESS, mayPass: false },
  "no such name": { fault: "there is no such name", remedy: CORRECT_ADDRESS, mayPass: false },
  lookup: {
    fault: "its name cannot be looked up at the moment",
    remedy: "try again, and look after this machine's DNS if that does not help",
    mayPass: true,
  },
  connection: {
    fault: "nobody takes the connection",
    remedy: "try again; a firewall or a network without a way out is in between if that does not help",
    mayPass: true,
  },
  certificate: {
    fault: "it has no certificate that holds, or does not speak TLS",
    remedy: "correct the address, or have this machine trust whoever is in between (NODE_EXTRA_CA_CERTS)",
    mayPass: false,
  },
  answer: { fault: "the connection ends before the answer", remedy: "try again", mayPass: true },
};
