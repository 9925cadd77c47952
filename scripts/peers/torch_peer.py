"""PyTorch's RMSprop with the defaults of torch.optim: one tensor after the other, by lists of tensors,
and compiled."""

import torch

import worker


def optimizer(tensors, elements, **options):
    parameters = [torch.nn.Parameter(torch.from_numpy(g.copy()))
                  for g in worker.gradients(tensors, elements)]
    for p, g in zip(parameters, worker.gradients(tensors, elements)):
        p.grad = torch.from_numpy(g)
    return torch.optim.RMSprop(parameters, **options)


def eager(tensors, elements):
    return optimizer(tensors, elements, foreach=False).step


def foreach(tensors, elements):
    return optimizer(tensors, elements, foreach=True).step


def compiled(tensors, elements):
    if tensors > 16:
        return None  # the code of all tensors in a row takes minutes to compile
    torch._dynamo.reset()
    made = optimizer(tensors, elements, foreach=True)
    step = torch.compile(made.step)
    for _ in range(3):  # state appears in the first step
        step()
    return step


worker.serve("PyTorch", torch.__version__, {
    "foreach=False": eager, "foreach=True": foreach, "torch.compile": compiled})
