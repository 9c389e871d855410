// Jobs that several threads work off together: each claims rows of the one at hand until none is left. A module of its own,
// since it needs atomic instructions and shared memory, which not every page has.

import { Job, JOB } from "./jobs";

/** The calling thread's scratch memory, in its own instance of the fixed kernels. */
declare function setScratch(shared: usize, own: usize, threads: i32): void;
/** Called now and then while others take long: throws where one of them has died. */
declare function stalled(): void;

// The control block, by offsets in bytes. What different threads write lies in lines of its own.
/** The job at hand, by its address in the upper half, and its first row that nobody has claimed; 0: there is none. */
const CLAIM: usize = 0;
/** Counts jobs, and calls: threads that have nothing to do wait for it to change. */
const TURN: usize = 64;
const SLEEPERS: usize = 68;
/** Messages sent to each thread, for which it is to return to its event loop. */
const CALLS: usize = 72;
/** Rows of the job at hand that are computed; and whether the device's own thread sleeps until there are more. */
const DONE: usize = 128;
const WAITING: usize = 132;
/** Whether the device's own thread may sleep, which that of a page may not. */
const MAY_WAIT: usize = 188;
/** How many threads there are, the scratch memory that they share, and that of each. */
const THREADS: usize = 192;
const SHARED: usize = 196;
const OWN: usize = 200;

/** How often a thread looks whether there is more to do before it sleeps: some 100 µs. */
const PATIENCE: i32 = 30000;
/** Looks at the others between two calls of `stalled` (some milliseconds), and the nanoseconds that a sleep takes at most. */
const LOOKS: i32 = 0xfffff;
const SLEEP: i64 = 1_000_000_000;

/** Claims rows of the job at hand, and computes them. */
function help(control: usize, thread: i32): bool {
  for (;;) {
    const claim = atomic.load<u64>(control + CLAIM);
    const at = <usize>(claim >> 32);
    if (!at) return false;
    const job = changetype<Job>(at);
    const from = <i32>claim;
    const grain = job.grain;
    if (from >= job.count) return false;
    // Where the job is another one by now, the claim is, too.
    if (atomic.cmpxchg<u64>(control + CLAIM, claim, claim + grain) !== claim) continue;
    const to = min(from + grain, job.count);
    const own = load<usize>(control + OWN + ((<usize>thread) << 2));
    setScratch(load<usize>(control + SHARED), own, load<i32>(control + THREADS));
    call_indirect<void>(job.run, from, to, job.params, 0);
    atomic.add<i32>(control + DONE, to - from);
    if (thread && atomic.load<i32>(control + WAITING)) atomic.notify(control + DONE, 1);
    return true;
  }
}

/** Does the jobs from one address up to another, each after the one before: those that are worth it with all threads. */
export function runJobsTogether(control: usize, from: usize, to: usize): void {
  for (; from < to; from += JOB) {
    const job = changetype<Job>(from);
    const count = job.count;
    const grain = job.grain;
    if (count <= grain) {
      call_indirect<void>(job.run, 0, count, job.params, 0);
      continue;
    }
    atomic.store<i32>(control + DONE, 0);
    atomic.store<u64>(control + CLAIM, (<u64>from) << 32);
    atomic.add<i32>(control + TURN, 1);
    if (job.wakes && atomic.load<i32>(control + SLEEPERS)) atomic.notify(control + TURN, -1);
    while (help(control, 0)) {}
    waitFor(control, count);
    atomic.store<u64>(control + CLAIM, 0);
  }
}

/** Until others have computed their parts of a job. Who only looks keeps them from a core, where there are too few. */
function waitFor(control: usize, count: i32): void {
  for (let looks = 1; ; looks++) {
    const done = atomic.load<i32>(control + DONE);
    if (done === count) return;
    if (looks > PATIENCE && load<i32>(control + MAY_WAIT)) {
      atomic.store<i32>(control + WAITING, 1);
      atomic.wait<i32>(control + DONE, done, SLEEP);
      atomic.store<i32>(control + WAITING, 0);
      stalled();
    } else if (!(looks & LOOKS)) stalled();
  }
}

/** What a thread does until there is another message than the `handled` ones. */
export function serve(control: usize, thread: i32, handled: i32): void {
  for (;;) {
    const turn = atomic.load<i32>(control + TURN);
    if (atomic.load<i32>(control + CALLS) !== handled) return;
    while (help(control, thread)) {}
    let left = PATIENCE;
    while (left && atomic.load<i32>(control + TURN) === turn) left--;
    if (left) continue;
    atomic.add<i32>(control + SLEEPERS, 1);
    atomic.wait<i32>(control + TURN, turn, -1);
    atomic.sub<i32>(control + SLEEPERS, 1);
  }
}
