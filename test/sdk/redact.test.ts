import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRedactor } from "../../src/sdk/redact.ts";
import { Secret } from "../../src/sdk/secret.ts";

const secretText = fc.string({ minLength: 4, maxLength: 60, unit: "binary" });

/** What other systems make of a text. */
const ENCODINGS: readonly (readonly [string, (text: string) => string])[] = [
  ["plain", (text) => text],
  ["JSON", (text) => JSON.stringify(text).slice(1, -1)],
  [
    "JSON with escaped slashes",
    (text) =>
      JSON.stringify(text)
        .slice(1, -1)
        .replaceAll("/", String.raw`\/`),
  ],
  ["URL", (text) => encodeURIComponent(text.toWellFormed())],
  ["form", (text) => new URLSearchParams([["a", text]]).toString().slice(2)],
  ["hexadecimal", (text) => Buffer.from(text).toString("hex").toUpperCase()],
  ["base64", (text) => Buffer.from(text).toString("base64")],
];

describe("createRedactor", () => {
  it.each(ENCODINGS)("finds any secret in %s, wherever it stands", (_, encode) => {
    fc.assert(
      fc.property(secretText, fc.string(), fc.string(), (text, before, after) => {
        const encoded = encode(text);

        const redacted = createRedactor([new Secret(text)])(`${before}${encoded}${after}`);

        expect(redacted).toContain("***");
        expect(redacted).not.toContain(encoded);
      }),
    );
  });

  it("finds a secret within a longer text in base64, at any place in it", () => {
    const secret = "hunter2/and+more";
    const redact = createRedactor([new Secret(secret)]);

    for (const user of ["", "u", "us", "usr", "user"]) {
      for (const written of [secret, `${secret}x`, `${secret}xy`, encodeURIComponent(secret)]) {
        const header = Buffer.from(`${user}:${written}`).toString("base64");
        const shown = Buffer.from(redact(header).replaceAll("***", ""), "base64").toString();

        expect(redact(header)).toContain("***");
        expect(shown).not.toContain("hunter2");
      }
    }
  });

  it("takes the longer one of two secrets that overlap", () => {
    const redact = createRedactor([new Secret("abcd"), new Secret("abcd-efgh")]);

    expect(redact("token=abcd-efgh; id=abcd")).toBe("token=***; id=***");
  });

  it("leaves texts without a secret, and secrets that are part of every word, as they are", () => {
    expect(createRedactor([])("a text")).toBe("a text");
    expect(createRedactor([new Secret("s"), new Secret("")])("success")).toBe("success");
  });
});
