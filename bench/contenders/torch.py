"""Trains, and runs single kernels, with PyTorch for the benchmark: reads a JSON object a line, answers with one a line.

Tensors are {"shape": [...], "data": base64 of little-endian float32}. Ends when its input does.
"""

import array
import base64
import json
import math
import sys


def packed(tensor):
    flat = tensor.detach().cpu().flatten()
    try:
        data = flat.numpy().tobytes()
    except RuntimeError:  # there is no NumPy
        data = array.array("f", flat.tolist()).tobytes()
    return {"shape": list(tensor.shape), "data": base64.b64encode(data).decode()}


def unpacked(torch, device, given):
    data = bytearray(base64.b64decode(given["data"]))
    flat = torch.frombuffer(data, dtype=torch.float32)
    return flat.reshape(given["shape"]).clone().to(device)


class Training:
    """Dense layers, a layer norm after some, sigmoids; half squared error (the mean over the batch), SGD or Adam."""

    def __init__(self, torch, device, problem):
        self.torch, self.device = torch, device
        layers = problem["layers"]
        self.layers = [
            {name: self.tensor(value).requires_grad_() for name, value in layer.items()} for layer in layers
        ]
        self.batches = [(self.tensor(batch["x"]), self.tensor(batch["y"])) for batch in problem["batches"]]
        parameters = [value for layer in self.layers for value in layer.values()]
        rate = problem["rate"]
        if problem["optimizer"] == "sgd":
            self.optimizer = torch.optim.SGD(parameters, lr=rate)
        else:
            betas = (problem["beta1"], problem["beta2"])
            self.optimizer = torch.optim.Adam(parameters, lr=rate, betas=betas, eps=problem["epsilon"])
        self.norm_epsilon = problem["norm_epsilon"]
        self.made = 0

    def tensor(self, given):
        return unpacked(self.torch, self.device, given)

    def step(self):
        x, y = self.batches[self.made % len(self.batches)]
        self.made += 1
        for layer in self.layers:
            x = self.torch.addmm(layer["bias"], x, layer["weight"])
            if "scale" in layer:
                scale, shift = layer["scale"], layer["shift"]
                x = self.torch.nn.functional.layer_norm(x, scale.shape, scale, shift, self.norm_epsilon)
            x = self.torch.sigmoid(x)
        loss = (x - y).square().sum() * (0.5 / len(y))
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()
        return loss


class Kernel:
    """A product, softmax or layer norm on operands that lie ready."""

    def __init__(self, torch, device, kernel, inputs, epsilon):
        operands = [unpacked(torch, device, given) for given in inputs]
        self.torch, self.last = torch, None
        if kernel["kind"] == "matmul":
            a, b = operands
            left = a.mT if kernel["layout"] == "TN" else a
            right = b.mT if kernel["layout"] == "NT" else b
            self.call = lambda: torch.matmul(left, right)
        elif kernel["kind"] == "softmax":
            self.call = lambda: torch.softmax(operands[0], -1)
        else:
            x, scale, shift = operands
            self.call = lambda: torch.nn.functional.layer_norm(x, scale.shape, scale, shift, epsilon)

    def step(self):
        with self.torch.no_grad():
            self.last = self.call()
        return self.last.flatten()[0]

    def device_time(self, rounds=5, least=4.0):
        """Milliseconds of one run between two events: the median of rounds that each last some milliseconds."""
        count, times = 1, []
        while len(times) < rounds:
            begin, end = (self.torch.cuda.Event(enable_timing=True) for _ in range(2))
            begin.record()
            for _ in range(count):
                self.call()
            end.record()
            self.torch.cuda.synchronize()
            time = begin.elapsed_time(end)
            if time < least and count < 1024:
                count *= 4
            else:
                times.append(time / count)
        return sorted(times)[rounds // 2]


class Trainings:
    """What is asked for, by the name that a message has in "do"."""

    def __init__(self):
        self.made = {}

    def open(self, device):
        """Says what computes on the device, or why nothing does."""
        try:
            import torch
        except ImportError:
            return {"absent": "Python has no torch"}
        if device == "cuda" and not torch.cuda.is_available():
            return {"absent": "torch.cuda is not available"}
        # float32 as everybody else computes it
        torch.backends.cuda.matmul.allow_tf32 = False
        torch.backends.cudnn.allow_tf32 = False
        self.torch, self.device = torch, torch.device(device)
        threads = torch.get_num_threads()
        name = torch.cuda.get_device_name() if device == "cuda" else f"{threads} thread{'s' * (threads != 1)}"
        return {"version": torch.__version__, "name": name}

    def create(self, id, problem):
        self.made[id] = Training(self.torch, self.device, problem)
        return {}

    def create_kernel(self, id, kernel, inputs, epsilon):
        self.made[id] = Kernel(self.torch, self.device, kernel, inputs, epsilon)
        return {}

    def steps(self, id, count):
        """The last one's loss, or first element, when all are done."""
        for _ in range(count):
            loss = self.made[id].step()
        if self.device.type == "cuda":
            self.torch.cuda.synchronize()
        value = loss.item()
        return {"loss": value if math.isfinite(value) else None}

    def result(self, id):
        return packed(self.made[id].last)

    def device_time(self, id):
        return {"milliseconds": self.made[id].device_time() if self.device.type == "cuda" else None}

    def weights(self, id):
        layers = self.made[id].layers
        return {"layers": [{name: packed(value) for name, value in layer.items()} for layer in layers]}

    def peak(self):
        return {"bytes": self.torch.cuda.max_memory_allocated()}

    def dispose(self, id):
        del self.made[id]
        return {}


def main():
    trainings = Trainings()
    for line in sys.stdin:
        message = json.loads(line)
        answer = getattr(trainings, message.pop("do"))(**message)
        print(json.dumps(answer), flush=True)


main()
