import { expect, test } from "vitest";
import { listOf, netOf, trainingsOf } from "../../bench/choice.ts";
import { nameOf, nets, titleOf } from "../../bench/nets.ts";

test("a net is its units and its batch size", () => {
  expect(netOf("784-128-10@256")).toEqual({ sizes: [784, 128, 10], batchSize: 256 });
  expect(netOf("784-128-10+norm@256")).toEqual({ sizes: [784, 128, 10], norm: true, batchSize: 256 });
  for (const text of ["784@256", "2-3+nor@4", "784-128-10", "784-0-10@2", "784-128-10@0", "-1-2@3", ""])
    expect(() => netOf(text), text).toThrow(/Give its units and its batch size/);
});

test("without a choice each usual net is trained by its usual optimizers", () => {
  const all = trainingsOf();
  expect(all.length).toBe(nets.reduce((sum, { optimizers }) => sum + optimizers.length, 0));
  expect(trainingsOf(undefined, ["adam"]).map(titleOf)).toEqual(
    nets.filter(({ optimizers }) => optimizers.includes("adam")).map((net) => `${nameOf(net)}, adam`),
  );
});

test("a chosen net is trained by SGD, or by each optimizer that is named", () => {
  const net = netOf("3-2@4");
  expect(trainingsOf([net]).map(titleOf)).toEqual(["3-2, batch 4"]);
  expect(trainingsOf([net], ["sgd", "adam"]).map(titleOf)).toEqual(["3-2, batch 4", "3-2, batch 4, adam"]);
});

test("a list names known entries only", () => {
  expect(listOf("b, a", ["a", "b"])).toEqual(["b", "a"]);
  expect(() => listOf("a,c", ["a", "b"])).toThrow('"c" is not one of a, b.');
});
