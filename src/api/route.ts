import type { JsonObject } from "../sdk/json.ts";

/**
 * What a request's path and query give to the input of an operation; undefined when the path is not the operation's.
 * A path may end with one parameter, `/tags/{resourceArn}`, which takes all that is left: clients encode the slashes of an
 * ARN, but proxies decode them. Query parameters are lists, for they may be repeated.
 */
export function matchRoute(path: string, url: URL): JsonObject | undefined {
  const [, fixed, parameter] = /^(.*\/)\{(\w+)\}$/.exec(path) ?? [];
  if (fixed === undefined || parameter === undefined) return path === url.pathname ? {} : undefined;
  if (!url.pathname.startsWith(fixed) || url.pathname.length === fixed.length) return undefined;
  const names = [...new Set(url.searchParams.keys())];
  return Object.fromEntries([
    ...names.map((name) => [name, url.searchParams.getAll(name)] as const),
    [parameter, decode(url.pathname.slice(fixed.length))],
  ]);
}

/** What is not percent-encoded correctly stays as it is: there is no resource of that name. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
