import { namedBy } from "#sdk";
import type { Connector } from "#sdk";
import { oauth } from "./auth.ts";
import { http } from "./client.ts";
import { source } from "./source.ts";

const marketo: Connector = {
  type: "Marketo",
  key: "Marketo",
  label: "Marketo",
  docs: "https://docs.aws.amazon.com/appflow/latest/userguide/marketo.html",
  profile: { auth: ["oauth2"], check: () => [], oauth, http },
  metadata: {},
  source,
  destination: {
    delivery: "write",
    errorHandling: true,
    check: () => [],
    describeObject: namedBy("marketo"),
  },
};

export default marketo;
