// A set whose batches are sent one by one: two places on the device, so that one batch can be written while the step of the
// other is computed.

import { cachedPromise } from "../core/cached.ts";
import { hostTensor, zeros, type HostTensor } from "../core/host_tensor.ts";
import { countOf, type Dataset } from "../data/dataset.ts";
import { kindOf, type BatchKind } from "../data/stream_batch.ts";
import { batchesOf, type StreamSource } from "../data/stream_source.ts";
import { asDType, DeviceTensor, uploadTree } from "../runtime/device_tensor.ts";
import { Backlog } from "./backlog.ts";
import type { Batch, Feed } from "./epoch.ts";
import { disposeAll } from "./programs.ts";
import { stepProgram, type StepProgram, type Training } from "./step_program.ts";

/** x (batchSize, …) and y (batchSize, …) on the device: a batch fills their first rows. */
type Place = Readonly<Record<"x" | "y", DeviceTensor>>;

/** A step over either place. */
type Twins = readonly [StepProgram, StepProgram];

interface Memory {
  readonly kind: BatchKind;
  readonly places: readonly [Place, Place];
  /** 0 … batchSize − 1: a batch is rows of its place, as it would be of a resident set. */
  readonly rows: DeviceTensor;
}

export class StreamedSet implements Feed {
  readonly count: number;
  private readonly training: Training;
  private readonly source: StreamSource;
  private readonly programs = new Map<string, Promise<Twins>>();
  private memory: Memory | undefined;
  private turn: 0 | 1 = 0;

  constructor(training: Training, source: StreamSource, count: number) {
    this.training = training;
    this.source = source;
    this.count = count;
  }

  /** The batches of an epoch, counted from 0. Each is on the device when it is given, and its program compiled. */
  async *epoch(epoch: number): AsyncGenerator<Batch> {
    const { device, options } = this.training;
    const { batchSize, seed, accumulate } = options;
    const backlog = new Backlog(device);
    const batches = batchesOf(this.source, { batchSize, seed, epoch }, this.memory?.kind);
    for await (const batch of batches) {
      const rows = countOf(batch);
      const memory = (this.memory ??= this.allocate(batch));
      const twins = (updates: boolean): Promise<Twins> =>
        cachedPromise(this.programs, `${rows} ${updates}`, () => this.compile(memory, rows, updates));
      await Promise.all([twins(true), ...(accumulate > 1 ? [twins(false)] : [])]);
      const turn = (this.turn = this.turn === 0 ? 1 : 0);
      const { x, y } = memory.places[turn];
      const data = [asDType(batch.x.data, x.dtype), asDType(batch.y.data, y.dtype)] as const;
      await backlog.before(data[0].byteLength + data[1].byteLength);
      device.write(x.buffer, data[0]);
      device.write(y.buffer, data[1]);
      yield { rows, program: async (updates) => (await twins(updates))[turn], inputs: {} };
    }
  }

  async dispose(): Promise<void> {
    const { places = [], rows } = this.memory ?? {};
    for (const { x, y } of places) [x, y].forEach((tensor) => tensor.dispose());
    rows?.dispose();
    const all = async (twins: Promise<Twins>) => {
      const made = await twins;
      return { dispose: () => made.forEach((program) => program.dispose()) };
    };
    await disposeAll([...this.programs.values()].map(all));
  }

  private allocate(first: Dataset): Memory {
    const { device, options } = this.training;
    const { batchSize } = options;
    const kind = kindOf(first);
    const rows = hostTensor(
      Uint32Array.from({ length: batchSize }, (_, i) => i),
      [batchSize],
    );
    const full = ({ shape, dtype }: BatchKind["x"]): HostTensor =>
      zeros([batchSize, ...shape.slice(1)], dtype);
    const place = { x: full(kind.x), y: full(kind.y) };
    const held = uploadTree(device, { rows, places: [place, place] }, "batch");
    return { kind, ...(held as Pick<Memory, "rows" | "places">) };
  }

  private async compile({ kind, places, rows }: Memory, count: number, updates: boolean): Promise<Twins> {
    const [here, there] = places;
    const numbers = new DeviceTensor(rows.device, rows.buffer, [count], rows.dtype);
    const data = { ...here, rows: numbers, scale: kind.scale };
    const program = await stepProgram(this.training, data, updates);
    return [
      program,
      program.rebound(
        new Map([
          [here.x, there.x],
          [here.y, there.y],
        ]),
      ),
    ];
  }
}
