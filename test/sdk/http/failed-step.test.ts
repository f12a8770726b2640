import { describe, expect, it } from "vitest";
import { ConnectorError } from "../../../src/sdk/connector-error.ts";
import { failedStep } from "../../../src/sdk/http/failed-step.ts";

describe("the step at which a request failed", () => {
  it.each([
    ["ENOTFOUND", "no such name"],
    ["EAI_AGAIN", "lookup"],
    ["ECONNREFUSED", "connection"],
    ["UND_ERR_CONNECT_TIMEOUT", "connection"],
    ["CERT_HAS_EXPIRED", "certificate"],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "certificate"],
    ["DEPTH_ZERO_SELF_SIGNED_CERT", "certificate"],
    ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "certificate"],
    ["ECONNRESET", "answer"],
    ["UND_ERR_SOCKET", "answer"],
  ])("is found behind %s, however deep it is", (code, step) => {
    const cause = new TypeError("fetch failed", { cause: Object.assign(new Error("It failed."), { code }) });

    expect(failedStep(new ConnectorError("ServiceUnavailable", "The connection failed", { cause }))).toBe(step);
  });

  it("is the guard, which refuses", () => {
    const refusal = new ConnectorError("InvalidArgument", "`10.0.0.1` is not a public address");

    expect(failedStep(refusal)).toBe("refused");
    expect(failedStep(new ConnectorError("RequestTimeout", "It was not over."))).toBe("answer");
  });
});
