import { lookup as resolve } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import { buildConnector } from "undici";
import { ConnectorError } from "../connector-error.ts";
import { isPublicAddress } from "./public-address.ts";

export interface GuardOptions {
  /** Origins whose address is not looked at. */
  readonly allowed: ReadonlySet<string>;
  /** How names become addresses; the system's way by default. */
  readonly lookup?: LookupFunction;
}

const CONNECT_TIMEOUT_MS = 10_000;

/**
 * Makes connections, to public addresses only. The address is checked in the connector itself, so that nothing can come
 * between the check and the connection: as it is written in the URL, for a literal is never looked up; as the name is
 * looked up, for the next look may give another one; and as the peer that answered.
 */
export function guardConnections({ allowed, lookup = resolve }: GuardOptions): buildConnector.connector {
  const free = buildConnector({ timeout: CONNECT_TIMEOUT_MS, allowH2: false, lookup });
  const guarded = buildConnector({ timeout: CONNECT_TIMEOUT_MS, allowH2: false, lookup: publicOnly(lookup) });

  return (options, callback) => {
    if (allowed.has(originOf(options))) return free(options, callback);
    const host = options.hostname.replace(/^\[|\]$/g, "");
    if (isIP(host) !== 0 && !isPublicAddress(host)) return callback(refusal(host), null);
    guarded(options, (...[error, socket]) => {
      if (error !== null) return callback(error, null);
      if (isPublicAddress(socket.remoteAddress ?? "")) return callback(null, socket);
      socket.destroy();
      callback(refusal(host), null);
    });
  };
}

/** Fails when any of a name's addresses is private: which of them is taken is not ours to say. */
function publicOnly(lookup: LookupFunction): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error !== null) return callback(error, []);
      const addresses = Array.isArray(found) ? found : [];
      const [first] = addresses;
      if (first === undefined || !addresses.every(({ address }) => isPublicAddress(address))) {
        return callback(refusal(hostname), []);
      }
      if (options.all === true) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}

function originOf({ protocol, host, hostname }: buildConnector.Options): string {
  return new URL(`${protocol}//${host ?? hostname}`).origin;
}

/** Does not tell the address: whoever asked is not to learn what is inside. */
function refusal(host: string): ConnectorError {
  return new ConnectorError(
    "InvalidArgument",
    `\`${host}\` is not a public address — whoever runs the engine can allow its origin with MILLRACE_ALLOW_ORIGINS`,
  );
}
