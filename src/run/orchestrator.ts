/** Carries runs out. On a laptop in this process, on AWS as durable executions. */
export interface Orchestrator {
  /** Sees to it that the stored run is carried out to its end. Repeating it for the same run starts nothing twice. */
  start(flow: string, runId: string): Promise<void>;
  /** Tells whoever carries the run out that its item asks to be cancelled. It may get lost: the item is what counts. */
  cancel(flow: string, runId: string): Promise<void>;
}
