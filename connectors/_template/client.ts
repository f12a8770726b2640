import { bearerToken, instanceUrl } from "#sdk";
import type { HttpSheet } from "#sdk";

/** https://developer.acme.example/rate-limits */
const REQUESTS_PER_MINUTE = 600;

export const http: HttpSheet = {
  addresses: ({ properties }) => [instanceUrl(properties["instanceUrl"], "/")],
  authorize: bearerToken("apiKey"),
  probe: "/v1/people?limit=1",
  limits: [{ name: "", requests: REQUESTS_PER_MINUTE, perMs: 60_000 }],
};
