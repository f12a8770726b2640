import { describe, expect, it } from "vitest";
import { JsonBody } from "../../../src/sdk/http/json-body.ts";

const bodyOf = (text: string) =>
  new JsonBody({ bytes: Buffer.from(text), url: new URL("https://acme.example/things?x=1") });

const recordsOf = (body: JsonBody, ...path: readonly string[]) => {
  const { start, end } = body.records(...path);
  return body.bytes.subarray(start, end).toString();
};

describe("the JSON of an answer", () => {
  it("gives records as the bytes that they are, wherever they are", () => {
    expect(recordsOf(bodyOf(`{"a": {"list": [ {"id": 12345678901234567890} ]}}`), "a", "list")).toBe(
      `[ {"id": 12345678901234567890} ]`,
    );
    expect(recordsOf(bodyOf(` [{"id":1},{"id":2}]\n`))).toBe(`[{"id":1},{"id":2}]`);
  });

  it("has no members where it is a list", () => {
    const body = bodyOf(`[{"next":"x"}]`);

    expect(body.member("next")).toBeUndefined();
    expect(body.findRecords("next")).toBeUndefined();
  });

  it.each([
    [`{"data":{}}`, ["data"], "https://acme.example/things answered without `data`"],
    [`{"message":"No."}`, [], "https://acme.example/things answered without a list"],
    [`[]`, ["data"], "https://acme.example/things answered without `data`"],
  ])("fails where %s is to have a list at %j", (text, path, message) => {
    expect(() => bodyOf(text).records(...path)).toThrow(expect.objectContaining({ code: "ServerError", message }));
  });

  it.each([`<html>`, `"text"`, `[{"id":1}`, `{"a":1} {}`, ``])("is worth another try where it is %j", (text) => {
    expect(() => bodyOf(text)).toThrow(expect.objectContaining({ code: "ServerError" }));
  });
});
