import type { Secret } from "./secret.ts";

/** Replaces secrets in a text by `***`. */
export type Redact = (text: string) => string;

/**
 * Finds the secrets as they are, and as they come back in what other systems write: in base64 (also as part of a longer
 * text, such as a Basic header), URL-encoded, JSON-escaped and in hexadecimal. Secrets of fewer than four characters are
 * left alone: they are part of every other word, and keep nothing secret.
 */
export function createRedactor(secrets: readonly Secret[]): Redact {
  const forms = new Set(secrets.map((secret) => secret.reveal()).flatMap(formsOf));
  // Longer ones first: a secret may be a part of another.
  const found = [...forms].filter((form) => form.length >= MIN_LENGTH).sort((a, b) => b.length - a.length);
  if (found.length === 0) return (text) => text;
  const pattern = new RegExp(found.map((form) => RegExp.escape(form)).join("|"), "gi");
  return (text) => text.replace(pattern, "***");
}

const MIN_LENGTH = 4;

function formsOf(secret: string): readonly string[] {
  if (secret.length < MIN_LENGTH) return [];
  const json = JSON.stringify(secret).slice(1, -1);
  const url = encodeURIComponent(secret.toWellFormed());
  return [
    secret,
    json,
    json.replaceAll("/", String.raw`\/`),
    url,
    // As forms are encoded, where RFC 3986 is not followed to the letter.
    new URLSearchParams([["", secret]]).toString().slice(1),
    url.replaceAll(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`),
    Buffer.from(secret).toString("hex"),
    // A Basic header may hold a secret that was URL-encoded first (RFC 6749, section 2.3.1).
    ...[secret, url].flatMap((text) => [0, 1, 2].flatMap((offset) => base64At(text, offset))),
  ];
}

/** The signs that a text always gives in base64 when that many bytes, counted modulo three, come before it. */
function base64At(text: string, offset: number): readonly string[] {
  const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(text)]);
  const from = Math.ceil((offset * 8) / 6);
  const to = Math.floor((bytes.length * 8) / 6);
  return [bytes.toString("base64").slice(from, to), bytes.toString("base64url").slice(from, to)];
}
