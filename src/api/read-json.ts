import type { Json } from "../sdk/json.ts";
import { ApiError } from "./problems.ts";

export const MAX_BODY_BYTES = 1024 * 1024;

/** How deep arrays and objects may stand in each other. */
export const MAX_DEPTH = 32;

/** How many members the objects of a body may have in all. */
export const MAX_MEMBERS = 10_000;

/** The body of a request. Fails with a RequestEntityTooLargeException as soon as it turns out longer than the limit. */
export async function readBody(request: Request): Promise<Uint8Array> {
  if (Number(request.headers.get("content-length") ?? 0) > MAX_BODY_BYTES) throw tooLarge();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request.body ?? []) {
    length += chunk.length;
    if (length > MAX_BODY_BYTES) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}

/** The JSON value in a body; an empty body is an empty object. Fails with a SerializationException for anything else. */
export function readJson(body: Uint8Array): Json {
  const text = readText(body);
  if (text.trim() === "") return {};
  checkNesting(text);
  try {
    return JSON.parse(text) as Json;
  } catch (cause) {
    throw new ApiError("SerializationException", "The body is not JSON.", { cause });
  }
}

function readText(body: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(body);
  } catch (cause) {
    throw new ApiError("SerializationException", "The body is not UTF-8.", { cause });
  }
}

/** Looks at the text, because a parser would have built everything before anyone could count. */
function checkNesting(text: string): void {
  let depth = 0;
  let members = 0;
  for (let at = 0; at < text.length; at++) {
    const sign = text[at];
    if (sign === '"') at = endOfString(text, at);
    else if (sign === "{" || sign === "[") depth++;
    else if (sign === "}" || sign === "]") depth--;
    else if (sign === ":") members++;
    if (depth > MAX_DEPTH) {
      throw new ApiError("SerializationException", `The body is nested deeper than ${MAX_DEPTH} levels.`);
    }
    if (members > MAX_MEMBERS) {
      throw new ApiError("SerializationException", `The body has more than ${MAX_MEMBERS} members.`);
    }
  }
}

/** Where the quote stands that ends the string. */
function endOfString(text: string, from: number): number {
  let at = from + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return at;
}

function tooLarge(): ApiError {
  return new ApiError("RequestEntityTooLargeException", `The body is larger than ${MAX_BODY_BYTES} bytes.`);
}
