// The textbook's training step, as people read it: 3-4-2 sigmoid units with thresholds, batches of 4 of 8 examples.

import { expect, test } from "vitest";
import { lower } from "../../src/compile.ts";
import { printGraph } from "../../src/graph/print.ts";
import { defaultLimits, type Profile } from "../../src/graph/profile.ts";
import { textbookNetwork } from "../../src/nn/index.ts";
import { sgd } from "../../src/optim/index.ts";
import { printPlan } from "../../src/plan/print.ts";
import { stepGraph } from "../support/step_graph.ts";

const profile = (kind: Profile["kind"]): Profile => ({
  kind,
  name: "test",
  subgroups: kind === "software",
  limits: defaultLimits,
});

const step = () =>
  stepGraph(textbookNetwork(3, 4, 2), [3, 2], { batch: 4, batches: 2, optimizer: sgd({ learningRate: 1 }) });

test("the traced graph", () => {
  expect(printGraph(step())).toMatchInlineSnapshot(`
    "state params.0.weight: f32[3,4]
    state params.0.threshold: f32[4]
    state params.2.weight: f32[4,2]
    state params.2.threshold: f32[2]
    state ring: f32[128,1]
    state step: u32[]
    resident x: f32[8,3]
    resident y: f32[8,2]
    batch rows: u32[4]
    hyper learningRate: f32[]
    %0: f32[4,3] = gather x rows  forward
    %1: f32[4,4] = matmul %0 params.0.weight {transposeX=false transposeY=false}  forward
    %2: f32[4,4] = sub %1 params.0.threshold  forward
    %3: f32[4,4] = sigmoid %2  forward
    %4: f32[4,2] = matmul %3 params.2.weight {transposeX=false transposeY=false}  forward
    %5: f32[4,2] = sub %4 params.2.threshold  forward
    %6: f32[4,2] = sigmoid %5  forward
    %7: f32[4,2] = gather y rows  forward
    %8: f32[4,2] = sub %6 %7  forward
    %9: f32[4,2] = square %8  forward
    %10: f32[] = sum %9 {axes=[0,1] keepDims=false}  forward
    %11: f32[] = constant  {value=0.125}  forward
    %12: f32[] = mul %10 %11  forward
    %13: f32[] = constant  {value=1}  backward
    %14: f32[] = mul %13 %11  backward
    %15: f32[] = mul %13 %10  backward
    %16: f32[1,1] = reshape %14 {shape=[1,1]}  backward
    %17: f32[4,2] = broadcast %16 {shape=[4,2]}  backward
    %18: f32[] = constant  {value=2}  backward
    %19: f32[4,2] = mul %8 %18  backward
    %20: f32[4,2] = mul %17 %19  backward
    %21: f32[4,2] = neg %20  backward
    %22: f32[4,2] = sigmoidBackward %6 %20  backward
    %23: f32[2] = sum %22 {axes=[0] keepDims=false}  backward
    %24: f32[2] = neg %23  backward
    %25: f32[4,4] = matmul %22 params.2.weight {transposeX=false transposeY=true}  backward
    %26: f32[4,2] = matmul %3 %22 {transposeX=true transposeY=false}  backward
    %27: f32[4,4] = sigmoidBackward %3 %25  backward
    %28: f32[4] = sum %27 {axes=[0] keepDims=false}  backward
    %29: f32[4] = neg %28  backward
    %30: f32[4,3] = matmul %27 params.0.weight {transposeX=false transposeY=true}  backward
    %31: f32[3,4] = matmul %0 %27 {transposeX=true transposeY=false}  backward
    %32: f32[3,4] = sgd params.0.weight %31 learningRate  update
    %33: f32[4] = sgd params.0.threshold %29 learningRate  update
    %34: f32[4,2] = sgd params.2.weight %26 learningRate  update
    %35: f32[2] = sgd params.2.threshold %24 learningRate  update
    %36: f32[128,1], %37: u32[] = record ring step %12  update
    update params.0.weight <- %32
    update params.0.threshold <- %33
    update params.2.weight <- %34
    update params.2.threshold <- %35
    update ring <- %36
    update step <- %37"
  `);
});

test("the plan for a GPU", () => {
  expect(printPlan(lower(step(), profile("gpu")))).toMatchInlineSnapshot(`
    "6 dispatches, 6 kernels, 1 residual; inputs 800 B, temporaries 160 B (unplanned 192 B)
    #  phase     ops                                                       kernel        grid  reads                                                      writes
    0  forward   gather·matmul·sub·sigmoid                                 matmul_tiled  1     x rows params.0.weight params.0.threshold                  %0: f32[4,4] in t0 kept
    1  forward   matmul·sub·sigmoid·gather·sub·square·mul·sigmoidBackward  matmul_tiled  1     %0 params.2.weight params.2.threshold y rows               %1: f32[4,2] in t1, %2: f32[4,2] in t2
    2  forward   sum·mul·record                                            reduce        1     %1 ring step                                               %3: f32[128,1] in ring, %4: u32[] in step
    3  backward  matmul·sigmoidBackward                                    matmul_tiled  1     %2 params.2.weight %0                                      %5: f32[4,4] in t1
    4  backward  sum·neg·matmul·sgd·sgd                                    matmul_tiled  1     %0 %2 params.2.weight learningRate params.2.threshold      %6: f32[4,2] in params.2.weight, %7: f32[2] in params.2.threshold
    5  backward  gather·sum·neg·matmul·sgd·sgd                             matmul_tiled  1     x rows %5 params.0.weight learningRate params.0.threshold  %8: f32[3,4] in params.0.weight, %9: f32[4] in params.0.threshold"
  `);
});

test("the plan for a GPU that is emulated on the CPU", () => {
  expect(printPlan(lower(step(), profile("software")))).toMatchInlineSnapshot(`
    "6 dispatches, 6 kernels, 1 residual; inputs 800 B, temporaries 160 B (unplanned 192 B)
    #  phase     ops                                                       kernel  grid  reads                                                      writes
    0  forward   gather·matmul·sub·sigmoid                                 matmul  1     x rows params.0.weight params.0.threshold                  %0: f32[4,4] in t0 kept
    1  forward   matmul·sub·sigmoid·gather·sub·square·mul·sigmoidBackward  matmul  1     %0 params.2.weight params.2.threshold y rows               %1: f32[4,2] in t1, %2: f32[4,2] in t2
    2  forward   sum·mul·record                                            reduce  1     %1 ring step                                               %3: f32[128,1] in ring, %4: u32[] in step
    3  backward  matmul·sigmoidBackward                                    matmul  1     %2 params.2.weight %0                                      %5: f32[4,4] in t1
    4  backward  sum·neg·matmul·sgd·sgd                                    matmul  1     %0 %2 params.2.weight learningRate params.2.threshold      %6: f32[4,2] in params.2.weight, %7: f32[2] in params.2.threshold
    5  backward  gather·sum·neg·matmul·sgd·sgd                             matmul  1     x rows %5 params.0.weight learningRate params.0.threshold  %8: f32[3,4] in params.0.weight, %9: f32[4] in params.0.threshold"
  `);
});

test("the plan with every op a kernel of its own", () => {
  expect(printPlan(lower(step(), profile("gpu"), { fused: false }))).toMatchInlineSnapshot(`
    "29 dispatches, 18 kernels, 5 residuals; inputs 800 B, temporaries 244 B (unplanned 768 B)
    #   phase     ops              kernel            grid  reads                                writes
    0   forward   gather           elementwise       1     x rows                               %0: f32[4,3] in t0 kept
    1   forward   matmul           matmul_tiled      1     %0 params.0.weight                   %1: f32[4,4] in t1
    2   forward   sub              elementwise       1     %1 params.0.threshold                %2: f32[4,4] in t1 over %1
    3   forward   sigmoid          sigmoid           1     %2                                   %3: f32[4,4] in t1 over %2 kept
    4   forward   matmul           matmul_tiled      1     %3 params.2.weight                   %4: f32[4,2] in t2
    5   forward   sub              elementwise       1     %4 params.2.threshold                %5: f32[4,2] in t2 over %4
    6   forward   sigmoid          sigmoid           1     %5                                   %6: f32[4,2] in t2 over %5 kept
    7   forward   gather           elementwise       1     y rows                               %7: f32[4,2] in t3
    8   forward   sub              elementwise       1     %6 %7                                %8: f32[4,2] in t3 over %7 kept
    9   forward   square           elementwise       1     %8                                   %9: f32[4,2] in t4
    10  forward   sum              reduce            1     %9                                   %10: f32[] in t5
    11  forward   constant         elementwise       1                                          %11: f32[] in t4
    12  forward   mul              elementwise       1     %10 %11                              %12: f32[] in t5 over %10 kept
    13  update    record           elementwise       1     ring step %12                        %13: f32[128,1] in ring, %14: u32[] in step
    14  backward  constant         elementwise       1                                          %15: f32[] in t5
    15  backward  mul              elementwise       1     %8 %15                               %16: f32[4,2] in t3 over %8
    16  backward  sigmoidBackward  sigmoid_backward  1     %6 %16                               %17: f32[4,2] in t2 over %6
    17  backward  sum              reduce            1     %17                                  %18: f32[2] in t4
    18  backward  neg              elementwise       1     %18                                  %19: f32[2] in t4 over %18
    19  update    sgd              sgd               1     params.2.threshold %19 learningRate  %20: f32[2] in params.2.threshold
    20  backward  matmul           matmul_tiled      1     %17 params.2.weight                  %21: f32[4,4] in t3
    21  backward  matmul           matmul_tiled      1     %3 %17                               %22: f32[4,2] in t4
    22  update    sgd              sgd               1     params.2.weight %22 learningRate     %23: f32[4,2] in params.2.weight
    23  backward  sigmoidBackward  sigmoid_backward  1     %3 %21                               %24: f32[4,4] in t1 over %3
    24  backward  sum              reduce            1     %24                                  %25: f32[4] in t4
    25  backward  neg              elementwise       1     %25                                  %26: f32[4] in t4 over %25
    26  update    sgd              sgd               1     params.0.threshold %26 learningRate  %27: f32[4] in params.0.threshold
    27  backward  matmul           matmul_tiled      1     %0 %24                               %28: f32[3,4] in t3
    28  update    sgd              sgd               1     params.0.weight %28 learningRate     %29: f32[3,4] in params.0.weight"
  `);
});
