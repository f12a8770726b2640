import { ConnectorError } from "../connector-error.ts";
import type { Interceptor } from "./dispatch.ts";

/** Refuses everything but https on its own port, except for the origins that are allowed. */
export function checkUrls(allowed: ReadonlySet<string>): Interceptor {
  return (dispatch) => async (request) => {
    const problem = problemOf(request.url, allowed);
    if (problem !== undefined) throw new ConnectorError("InvalidArgument", `\`${request.url.origin}\`: ${problem}`);
    return dispatch(request);
  };
}

function problemOf(url: URL, allowed: ReadonlySet<string>): string | undefined {
  if (url.username !== "" || url.password !== "") return "a URL must not hold a user name or password";
  if (allowed.has(url.origin)) return undefined;
  if (url.protocol !== "https:") return `only https is spoken, not ${url.protocol.slice(0, -1)} — ${REMEDY}`;
  if (url.port !== "") return `only port 443 is called, not ${url.port} — ${REMEDY}`;
  return undefined;
}

const REMEDY = "whoever runs the engine can allow the origin with MILLRACE_ALLOW_ORIGINS";
