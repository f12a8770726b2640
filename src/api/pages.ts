import { createHmac, timingSafeEqual } from "node:crypto";
import type { Json } from "../sdk/json.ts";
import { ApiError } from "./problems.ts";

/** Makes and reads `nextToken`s. A token works for the list it was made for, unchanged or not at all. */
export interface Pages {
  seal(list: string, position: Json): string;
  /** Fails with a ValidationException for a token that was not sealed here for this list. */
  open(list: string, token: string): Json;
}

export const DEFAULT_PAGE = 20;

export function createPages(key: Uint8Array): Pages {
  const sign = (list: string, text: string) =>
    createHmac("sha256", key).update(`${list}\n${text}`).digest("base64url").slice(0, SIGNATURE_LENGTH);

  return {
    seal(list, position) {
      const text = Buffer.from(JSON.stringify(position)).toString("base64url");
      return `${text}.${sign(list, text)}`;
    },

    open(list, token) {
      const [text = "", signature = ""] = token.split(".", 2);
      const [given, expected] = [Buffer.from(signature), Buffer.from(sign(list, text))];
      if (token !== `${text}.${signature}` || given.length !== expected.length || !timingSafeEqual(given, expected)) {
        throw new ApiError("ValidationException", "nextToken: it was not given out for this list — start without one");
      }
      return JSON.parse(Buffer.from(text, "base64url").toString()) as Json;
    },
  };
}

/** 132 bits. */
const SIGNATURE_LENGTH = 22;
