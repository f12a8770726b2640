/** The books of a run. For each destination: read = filtered + rejected + its written + its rejected. */
export interface RunCounts {
  /** Records that the source gave, those that could not be decoded included. */
  readonly read: number;
  /** Dropped by Filter and Validate tasks. */
  readonly filtered: number;
  /** The same by task: only those that dropped any, in the order of their places in the flow's list. */
  readonly filteredBy: readonly TaskCount[];
  /** Could not be decoded. */
  readonly rejected: number;
  /** Values that became null because they could not be computed, a division by zero for example. */
  readonly dataErrors: number;
  /** Bytes read from the source. */
  readonly bytesRead: number;
  readonly destinations: readonly DestinationCounts[];
}

export interface TaskCount {
  /** The task's place in the flow's list. */
  readonly task: number;
  readonly records: number;
}

export interface DestinationCounts {
  readonly written: number;
  /** Refused by this destination, or not of the type that its field has. */
  readonly rejected: number;
  readonly bytesWritten: number;
}
