/**
 * The ways in which a text has a secret in it: as it is or in UTF-16, in base64 of either kind, alone or within something
 * longer, in hexadecimal, URL-encoded, escaped as in JSON. Upper and lower case are the same but in base64. `text` holds
 * one byte in each character (latin1), so that files can be searched too.
 */
export function waysToFind(secret: string, text: string): readonly string[] {
  const lowered = text.toLowerCase();
  return [...formsOf(secret)]
    .filter(([name, form]) => (name.startsWith("base64") ? text.includes(form) : lowered.includes(form.toLowerCase())))
    .map(([name]) => name);
}

function formsOf(secret: string): ReadonlyMap<string, string> {
  const utf8 = Buffer.from(secret);
  const signs = Array.from({ length: secret.length }, (_, at) => secret.charCodeAt(at).toString(16).padStart(4, "0"));
  return new Map([
    ["plain", utf8.toString("latin1")],
    ["UTF-16", Buffer.from(secret, "utf16le").toString("latin1")],
    ["hexadecimal", utf8.toString("hex")],
    ["URL-encoded", encodeURIComponent(secret)],
    ["form-encoded", new URLSearchParams([["", secret]]).toString().slice(1)],
    ["URL-encoded, every byte", [...utf8].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join("")],
    ["JSON", Buffer.from(JSON.stringify(secret).slice(1, -1)).toString("latin1")],
    ["JSON, every sign", signs.map((code) => String.raw`\u${code}`).join("")],
    ...[0, 1, 2].flatMap((before) => base64Forms(utf8, before)),
  ]);
}

/** What is the same in base64 whatever comes before and after, when so many bytes, modulo three, come before. */
function base64Forms(secret: Buffer, before: number): readonly (readonly [string, string])[] {
  const bytes = Buffer.concat([Buffer.alloc(before), secret]);
  const [from, to] = [Math.ceil((before * 8) / 6), Math.floor((bytes.length * 8) / 6)];
  return (["base64", "base64url"] as const).map((kind) => [
    `${kind} after ${before}`,
    bytes.toString(kind).slice(from, to),
  ]);
}
