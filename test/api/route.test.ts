import { expect, it } from "vitest";
import { matchRoute } from "../../src/api/route.ts";

const match = (path: string, target: string) => matchRoute(path, new URL(target, "http://localhost"));

it("takes a path to the letter", () => {
  expect(match("/create-flow", "/create-flow")).toEqual({});
  expect(match("/create-flow", "/create-flow/")).toBeUndefined();
  expect(match("/create-flow", "/Create-Flow")).toBeUndefined();
});

it.each(["/tags/arn%3Aaws%3Aappflow%3A%3A1%3Aflow%2Ff%20%231", "/tags/arn:aws:appflow::1:flow/f%20%231"])(
  "takes a parameter whether its slashes are encoded or not: %s",
  (target) => {
    expect(match("/tags/{resourceArn}", target)).toEqual({ resourceArn: "arn:aws:appflow::1:flow/f #1" });
  },
);

it("takes what is left as it is when it is not encoded correctly", () => {
  expect(match("/tags/{resourceArn}", "/tags/%E0%A4%A")).toEqual({ resourceArn: "%E0%A4%A" });
});

it("needs a parameter", () => {
  expect(match("/tags/{resourceArn}", "/tags/")).toBeUndefined();
  expect(match("/tags/{resourceArn}", "/tags")).toBeUndefined();
});

it("gives the query as lists, and the parameter before a query of its name", () => {
  expect(match("/tags/{resourceArn}", "/tags/x?tagKeys=a&tagKeys=b%20c&resourceArn=y")).toEqual({
    tagKeys: ["a", "b c"],
    resourceArn: "x",
  });
});
