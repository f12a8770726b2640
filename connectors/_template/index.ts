import type { Connector } from "#sdk";
import { http } from "./client.ts";
import { source } from "./source.ts";

const connector: Connector = {
  type: "Acme",
  key: "Acme",
  label: "Acme",
  docs: "https://developer.acme.example/",
  profile: { auth: ["api-key"], check: () => [], http },
  metadata: {},
  source,
};

export default connector;
