import { expect, it } from "vitest";
import { waysToFind } from "./find-secret.ts";

const SECRET = 'kanarie/9f "é';
const bytes = (text: string) => Buffer.from(text);

it.each([
  ["as it is", bytes(`token=${SECRET};`).toString("latin1"), "plain"],
  ["in capitals", bytes(SECRET.toUpperCase().replace("É", "é")).toString("latin1"), "plain"],
  ["in UTF-16", Buffer.from(`x${SECRET}`, "utf16le").toString("latin1"), "UTF-16"],
  ["in hexadecimal", bytes(`x${SECRET}y`).toString("hex").toUpperCase(), "hexadecimal"],
  ["URL-encoded", `?a=${encodeURIComponent(SECRET)}`, "URL-encoded"],
  ["form-encoded", new URLSearchParams({ a: SECRET }).toString(), "form-encoded"],
  ["URL-encoded to the last byte", bytes(SECRET).toString("hex").replaceAll(/../g, "%$&"), "URL-encoded, every byte"],
  ["in JSON", bytes(JSON.stringify([SECRET])).toString("latin1"), "JSON"],
  [
    "in JSON with every sign escaped",
    [...SECRET].map((sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`).join(""),
    "JSON, every sign",
  ],
  ["in base64", bytes(SECRET).toString("base64"), "base64 after 0"],
  ["in base64 behind a name", bytes(`user:${SECRET}!`).toString("base64"), "base64 after 2"],
  ["in base64 for addresses", bytes(`u${SECRET}!`).toString("base64url"), "base64url after 1"],
])("finds a secret %s", (_, text, way) => {
  expect(waysToFind(SECRET, text)).toContain(way);
});

it("finds no secret in what holds only a part of it", () => {
  const part = SECRET.slice(1);
  const texts = [part, bytes(part).toString("hex"), bytes(part).toString("base64"), encodeURIComponent(part)];

  expect(texts.flatMap((text) => waysToFind(SECRET, bytes(text).toString("latin1")))).toEqual([]);
});
