import { ConnectorError } from "../connector-error.ts";
import type { Redact } from "../redact.ts";
import type { Connection, WholeAnswer } from "./connection.ts";
import { compose, type Dispatch, type HttpAnswer, type HttpRequest, nameOf } from "./dispatch.ts";
import type { HttpSheet, OpenedProfile } from "./http-sheet.ts";
import { judgeAnswers } from "./judge-answers.ts";
import { keepPace } from "./keep-pace.ts";
import type { Pacer } from "./pacer.ts";
import { createPatience, type PatienceOptions } from "./patience.ts";
import { tryAgain } from "./try-again.ts";

/** A profile as it was opened, by which it is known again when its credentials are spent. */
export interface Opening {
  readonly profile: OpenedProfile;
  /** Knows its credentials. */
  readonly redact: Redact;
  /** When its token ends, in milliseconds since 1970, where that is known. */
  readonly expiresAt?: number | undefined;
}

export interface ConnectionOptions<O extends Opening> extends PatienceOptions {
  readonly sheet: HttpSheet;
  readonly opening: O;
  /** Other credentials for spent ones, stored before they are used. Fails with a `ConnectorError` where there are none. */
  readonly renew: (spent: O) => Promise<O>;
  /** Shared by all connections with the same credentials. */
  readonly pacer: Pacer;
  readonly send: Dispatch;
  readonly chance: () => number;
}

/** A token that is about to end would end on its way. Of one that has not long to live, half its life is enough. */
const RENEW_BEFORE_MS = 60_000;

/**
 * The connection that a profile stands for. Its requests pass, from the outside in: tries (try-again.ts), credentials and
 * their renewal, the meaning of answers (judge-answers.ts), the system's pace (keep-pace.ts), then the guarded client.
 */
export function createConnection<O extends Opening>(options: ConnectionOptions<O>): Connection {
  const { sheet, signal, pacer, chance, renew } = options;
  const patience = createPatience(options);
  const addresses = sheet.addresses(options.opening.profile);
  const origins = new Set(addresses.map(({ origin }) => origin));
  let opening = options.opening;
  let renewFrom = renewalTime(opening, options.now());
  let renewal: Promise<O> | undefined;

  /** Requests that find the same credentials spent share one renewal. */
  const openingAfter = async (spent: O): Promise<O> => {
    if (opening !== spent) return opening;
    renewal ??= renew(spent).finally(() => (renewal = undefined));
    opening = await renewal;
    renewFrom = renewalTime(opening, options.now());
    return opening;
  };

  const dispatchWith = (used: O, request: HttpRequest): Promise<HttpAnswer> => {
    const dispatch = compose(options.send, [
      judgeAnswers({ sheet, redact: used.redact, now: options.now }),
      keepPace(pacer, sheet, patience),
    ]);
    return dispatch(sheet.authorize(request, used.profile, patience.now()));
  };

  const send: Dispatch = async (request) => {
    if (!origins.has(request.url.origin)) {
      throw new ConnectorError("ClientError", `${nameOf(request)}: it is not where the profile's credentials may go`);
    }
    const used = patience.now() >= renewFrom ? await openingAfter(opening) : opening;
    try {
      return await dispatchWith(used, request);
    } catch (error) {
      if (!(error instanceof ConnectorError) || error.code !== "InvalidCredentials") throw error;
      return dispatchWith(await openingAfter(used), request);
    }
  };

  const withSignal = (request: HttpRequest): HttpRequest => ({ ...request, signal: request.signal ?? signal });
  const retry = { patience, chance };
  return {
    properties: opening.profile.properties,
    url(pathOrLink) {
      const url = URL.parse(pathOrLink, addresses[0].href);
      if (url !== null) return url;
      throw new ConnectorError("ServerError", `${addresses[0].origin} gave a link that leads nowhere`);
    },
    send: (request) => tryAgain(request, () => send(withSignal(request)), retry),
    ask: (request, read) =>
      tryAgain(request, async () => read(await readWhole(await send(withSignal(request)))), retry),
    async wait(milliseconds) {
      if (await patience.waited(milliseconds)) return;
      throw new ConnectorError("RequestTimeout", `${addresses[0].origin} is not done, and the time is up`);
    },
  };
}

/** Some systems give the same token again until it ends: then every request would ask for another. */
function renewalTime({ expiresAt = Infinity }: Opening, now: number): number {
  return expiresAt - Math.min(RENEW_BEFORE_MS, Math.max(0, expiresAt - now) / 2);
}

async function readWhole({ body, ...answer }: HttpAnswer): Promise<WholeAnswer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return { ...answer, bytes: Buffer.concat(chunks) };
}
