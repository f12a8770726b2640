import { describe, expect, it } from "vitest";
import { answerError } from "../../../src/sdk/http/answer-error.ts";
import { createRedactor } from "../../../src/sdk/redact.ts";
import { Secret } from "../../../src/sdk/secret.ts";

const NOW = Date.UTC(2026, 10, 25, 12);

function answer(status: number, body = "", headers: Record<string, string> = {}) {
  return {
    status,
    headers: new Headers(headers),
    url: new URL("https://api.example/v1/things?key=k-in-query"),
    body: new Blob([body]).stream() as ReadableStream<Uint8Array>,
  };
}

const plain = (text: string) => text;

describe("answerError", () => {
  it.each([
    [400, "ClientError"],
    [401, "InvalidCredentials"],
    [403, "AccessDenied"],
    [404, "ResourceNotFoundError"],
    [408, "RequestTimeout"],
    [418, "ClientError"],
    [429, "RateLimitExceeded"],
    [500, "ServerError"],
    [502, "ServiceUnavailable"],
    [503, "ServiceUnavailable"],
    [504, "RequestTimeout"],
    [599, "ServerError"],
  ])("takes %d for %s", async (status, code) => {
    expect(await answerError(answer(status), plain, NOW)).toMatchObject({
      code,
      message: `https://api.example/v1/things answered ${status}`,
    });
  });

  it("quotes what was answered, without the secrets that it echoes", async () => {
    const redact = createRedactor([new Secret("very-secret-token")]);

    const error = await answerError(answer(401, '{"bad":"Bearer very-secret-token"}'), redact, NOW);

    expect(error.message).toBe('https://api.example/v1/things answered 401: {"bad":"Bearer ***"}');
  });

  it("quotes no more than 2 KiB, and never the half of a secret", async () => {
    const secret = "0123456789abcdef".repeat(4);
    const redact = createRedactor([new Secret(secret)]);

    for (let before = 1980; before < 2060; before++) {
      const { message } = await answerError(answer(500, "-".repeat(before) + secret + "-".repeat(9000)), redact, NOW);
      expect(message.length).toBeLessThan(2048 + 60);
      expect(message).not.toContain("0123");
    }
  });

  it("quotes nothing of a body that is too long to be searched", async () => {
    const { message } = await answerError(answer(500, "x".repeat(65_537)), plain, NOW);

    expect(message).toBe("https://api.example/v1/things answered 500");
  });

  it.each([
    ["120", 120_000],
    ["0", 0],
    ["Wed, 25 Nov 2026 12:00:30 GMT", 30_000],
    ["Wed, 25 Nov 2026 11:00:00 GMT", 0],
    ["soon", undefined],
  ])("reads Retry-After: %s", async (text, milliseconds) => {
    const error = await answerError(answer(429, "", { "retry-after": text }), plain, NOW);

    expect(error.retryAfterMs).toBe(milliseconds);
  });
});
