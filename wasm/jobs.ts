// A program is a list of jobs in memory: a function of the table, the address of what it is told, and how many rows it has.

/** Words of four bytes, in this order. */
@unmanaged
export class Job {
  run: i32;
  params: usize;
  count: i32;
  /** Rows that are worth a thread's while. */
  grain: i32;
  /** 1 where it lasts long enough to wake threads that sleep. */
  wakes: i32;
}

export const JOB: usize = 20;

/** Does the jobs from one address up to another, one after the other. */
export function runJobs(from: usize, to: usize): void {
  for (; from < to; from += JOB) {
    const job = changetype<Job>(from);
    call_indirect<void>(job.run, 0, job.count, job.params, 0);
  }
}
