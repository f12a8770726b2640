import { describe, expect, it } from "vitest";
import { answerError } from "../../../src/sdk/http/answer-error.ts";
import { createRedactor } from "../../../src/sdk/redact.ts";
import { Secret } from "../../../src/sdk/secret.ts";

const NOW = Date.UTC(2026, 10, 25, 12);

function errorOf(status: number, words = "", { secrets = [], ...headers }: Options = {}) {
  const answer = {
    status,
    headers: new Headers(headers),
    url: new URL("https://api.example/v1/things?key=k-in-query"),
    body: new Blob([]).stream() as ReadableStream<Uint8Array>,
  };
  const redact = createRedactor(secrets.map((secret) => new Secret(secret)));
  return answerError(answer, words, { redact, now: NOW });
}

interface Options {
  readonly secrets?: readonly string[];
  readonly "retry-after"?: string;
}

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
  ])("takes %d for %s", (status, code) => {
    expect(errorOf(status)).toMatchObject({
      code,
      message: `https://api.example/v1/things answered ${status}`,
    });
  });

  it("quotes what was answered, without the secrets that it echoes", () => {
    const error = errorOf(401, '{"bad":"Bearer very-secret-token"}', { secrets: ["very-secret-token"] });

    expect(error.message).toBe('https://api.example/v1/things answered 401: {"bad":"Bearer ***"}');
  });

  it("quotes no more than 2 KiB, and never the half of a secret", () => {
    const secret = "0123456789abcdef".repeat(4);

    for (let before = 1980; before < 2060; before++) {
      const words = "-".repeat(before) + secret + "-".repeat(9000);
      const { message } = errorOf(500, words, { secrets: [secret] });
      expect(message.length).toBeLessThan(2048 + 60);
      expect(message).not.toContain("0123");
    }
  });

  it("quotes nothing of a body that is too long to be searched", () => {
    const { message } = errorOf(500, "x".repeat(65_537));

    expect(message).toBe("https://api.example/v1/things answered 500");
  });

  it.each([
    ["120", 120_000],
    ["0", 0],
    ["Wed, 25 Nov 2026 12:00:30 GMT", 30_000],
    ["Wed, 25 Nov 2026 11:00:00 GMT", 0],
    ["soon", undefined],
  ])("reads Retry-After: %s", (text, milliseconds) => {
    expect(errorOf(429, "", { "retry-after": text }).retryAfterMs).toBe(milliseconds);
  });
});
