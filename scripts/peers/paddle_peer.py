"""PaddlePaddle's RMSProp, which always keeps a momentum array, eager."""

import paddle

import worker


def eager(tensors, elements):
    parameters = []
    for g in worker.gradients(tensors, elements):
        p = paddle.create_parameter([elements], "float32")
        p.set_value(paddle.to_tensor(g))
        p.grad = paddle.to_tensor(g)
        parameters.append(p)
    rule = paddle.optimizer.RMSProp(0.01, rho=0.99, epsilon=1e-8, parameters=parameters)
    return rule.step


worker.serve("PaddlePaddle", paddle.__version__, {"RMSProp": eager})
