import type { Connector } from "#sdk";
import { destination } from "./destination.ts";

const upsolver: Connector = {
  type: "Upsolver",
  key: "Upsolver",
  label: "Upsolver",
  docs: "https://docs.aws.amazon.com/appflow/latest/userguide/upsolver.html",
  metadata: {},
  destination,
};

export default upsolver;
