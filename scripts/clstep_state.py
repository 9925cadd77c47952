"""The optimizer states of PyTorch, timm, Keras 3, optax and TensorFlow 1 as safetensors files, for
`clstep convert`, and back. Needs numpy and the framework. docs/translation.md tells what is in the
files. For PyTorch and timm:

    import clstep_state
    clstep_state.save_torch(optimizer, model.named_parameters(), "state.safetensors")
        $ clstep convert --from torch --to clstep --in state.safetensors --out clstep.safetensors
        ... clstep goes on ...
        $ clstep convert --from clstep --to torch --in clstep.safetensors --out state.safetensors
    clstep_state.load_torch(optimizer, model.named_parameters(), "state.safetensors")

Every file that is saved has the parameters too, and the rule of its state in the metadata. What
`clstep apply` makes are two files, parameters and state: give both to a load function.
write_file(path, {name: array}, None) makes files of parameters or gradients alone, as apply takes.
"""

import json
import os

import numpy as np

# ---- safetensors ---------------------------------------------------------------------------------

KINDS = {"F32": "<f4", "F64": "<f8", "I32": "<i4", "I64": "<i8"}


def write_file(path, tensors, about):
    """Writes {name: array}; `about` is what the metadata's entry "clstep" says, None for nothing."""
    header = {"__metadata__": {"clstep": json.dumps(about)}} if about else {}
    data = []
    end = 0
    for name, array in tensors.items():
        array = np.asarray(array)  # keeps a rank of 0
        kind = next((k for k, dtype in KINDS.items() if np.dtype(dtype) == array.dtype), None)
        if kind is None:
            raise ValueError(f"{name} is {array.dtype}; clstep reads {', '.join(KINDS)}")
        begin, end = end, end + array.nbytes
        header[name] = {"dtype": kind, "shape": list(array.shape), "data_offsets": [begin, end]}
        data.append(array.astype(KINDS[kind]).tobytes())
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(f"{path}.new", "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text + b"".join(data))
    os.replace(f"{path}.new", path)


def read_file(path):
    """({name: array}, what the entry "clstep" says)"""
    with open(path, "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        data = file.read()
    about = header.pop("__metadata__", {}).get("clstep")
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        array = np.frombuffer(data[begin:end], KINDS[entry["dtype"]])
        tensors[name] = array.reshape(entry["shape"]).copy()
    return tensors, json.loads(about) if about else None


def read_files(paths):
    """The same of several files together: parameters may lie beside the state."""
    tensors, about = {}, None
    for path in paths:
        more, told = read_file(path)
        tensors |= more
        about = about or told
    return tensors, about


def about_state(steps, groups):
    """What `clstep` needs to know: groups are (rule, names of the tensors)."""
    return {
        "format": 1,
        "step": int(steps),
        "groups": [{**rule, "tensors": list(names)} for rule, names in groups],
    }


# ---- PyTorch and timm ----------------------------------------------------------------------------

ARRAYS = ("square_avg", "grad_avg", "momentum_buffer", "sum", "exp_avg", "exp_avg_sq")

# By the optimizer's class: the preset, and clstep's names of the group's options.
COMMON = {"lr": "lr", "weight_decay": "weight_decay"}
RMSPROP = {"alpha": "rho", "eps": "eps", "momentum": "momentum", "centered": "centered", **COMMON}
TORCH = {
    "RMSprop": ("torch", {"maximize": "maximize", **RMSPROP}),
    "RMSpropTF": ("timm", {"lr_in_momentum": "lr_in_momentum", **RMSPROP}),
    "SGD": (
        "sgd",
        {key: key for key in ("momentum", "dampening", "nesterov", "maximize")} | COMMON,
    ),
    "Adagrad": (
        "adagrad",
        {
            "lr_decay": "lr_decay",
            "eps": "eps",
            "initial_accumulator_value": "initial_square_avg",
            "maximize": "maximize",
            **COMMON,
        },
    ),
    "Adam": ("adam", {"eps": "eps", "maximize": "maximize", **COMMON}),
    "AdamW": ("adamw", {"eps": "eps", "maximize": "maximize", **COMMON}),
}
# Options that change the update and that this script does not translate.
FOREIGN = ("amsgrad", "caution", "corrected_weight_decay")


def torch_kind(optimizer):
    name = type(optimizer).__name__
    if name not in TORCH:
        raise ValueError(f"{name} is none of {', '.join(TORCH)}")
    for group in optimizer.param_groups:
        for option in FOREIGN:
            if group.get(option):
                raise ValueError(f"{option} is not translated")
    return (name, *TORCH[name])


def torch_rule(optimizer, group):
    """The rule of a group of parameters, as clstep writes it."""
    name, preset, options = torch_kind(optimizer)
    rule = {"preset": preset}
    for theirs, ours in options.items():
        value = group.get(theirs, False)
        rule[ours] = value if isinstance(value, bool) else float(value)
    if name in ("Adam", "AdamW"):
        rule["beta1"], rule["beta2"] = (float(beta) for beta in group["betas"])
    decoupled = name == "AdamW" or group.get("decoupled_decay") or group.get("decoupled_weight_decay")
    rule["decay"] = "decoupled" if decoupled else "L2"
    return rule


def save_torch(optimizer, named_parameters, path, steps=None):
    """Writes parameters and state. Parameters that no step has updated are left out. SGD counts no
    steps: give it `steps`; without them its state counts as that of step 1."""
    named = {id(parameter): name for name, parameter in named_parameters}
    tensors, groups, counts = {}, [], {steps} - {None}
    for group in optimizer.param_groups:
        names = []
        for parameter in group["params"]:
            state = optimizer.state.get(parameter, {})
            name = named[id(parameter)]
            arrays = {f"{name}.{key}": state[key] for key in ARRAYS if state.get(key) is not None}
            if not arrays:
                continue
            names.append(name)
            for key, tensor in {name: parameter, **arrays}.items():
                tensors[key] = tensor.detach().cpu().numpy()
                if tensors[key].dtype != np.float32:
                    raise ValueError(f"{key} is {tensors[key].dtype}; clstep goes on in fp32 only")
            if "step" in state:
                tensors[f"{name}.step"] = np.float32(float(state["step"]))
                counts.add(int(state["step"]))
        groups.append((torch_rule(optimizer, group), names))
    if not tensors:
        raise ValueError("the optimizer has no state; let it take a step first")
    if steps is not None and counts != {steps}:
        raise ValueError(f"steps is {steps}, but the optimizer has counted {sorted(counts)}")
    write_file(path, tensors, about_state(max(counts, default=1), groups))


def set_torch_options(optimizer, group, rule):
    _, preset, options = torch_kind(optimizer)
    if rule["preset"] != preset and {rule["preset"], preset} != {"adam", "adamw"}:
        raise ValueError(f"the file has a state of {rule['preset']}, the optimizer one of {preset}")
    for theirs, ours in options.items():
        if theirs in group and ours in rule:
            group[theirs] = rule[ours]
    if "betas" in group:
        group["betas"] = (rule["beta1"], rule["beta2"])
    if "decoupled_decay" in group:
        group["decoupled_decay"] = rule["decay"] == "decoupled"
    elif torch_rule(optimizer, group)["decay"] != rule["decay"] and rule["weight_decay"]:
        raise ValueError(f"weight_decay is {rule['decay']} in the file, but not in the optimizer")


def load_torch(optimizer, named_parameters, *paths):
    """Sets parameters, state and, as load_state_dict() does, the options of every group."""
    import torch

    named = dict(named_parameters)
    tensors, about = read_files(paths)
    for told in about["groups"]:
        for name in told["tensors"]:
            parameter = named[name]
            group = next(g for g in optimizer.param_groups if any(p is parameter for p in g["params"]))
            set_torch_options(optimizer, group, told)
            state = {key: torch.from_numpy(tensors[f"{name}.{key}"]).to(parameter)
                     for key in ARRAYS if f"{name}.{key}" in tensors}
            if f"{name}.step" in tensors:
                on_device = group.get("capturable") or group.get("fused")
                state["step"] = torch.tensor(float(tensors[f"{name}.step"]),
                                             device=parameter.device if on_device else "cpu")
            optimizer.state[parameter] = state
            with torch.no_grad():
                if name in tensors:
                    parameter.copy_(torch.from_numpy(tensors[name]))


# ---- Keras 3 -------------------------------------------------------------------------------------

KERAS = {"rho": "rho", "epsilon": "eps", "momentum": "momentum", "centered": "centered"}


def keras_variables(optimizer, variables):
    """{name in the file: variable} of the model's variables and of the optimizer's, for whom a file
    says rmsprop whatever the optimizer is called."""
    found = {variable.path: variable for variable in variables}
    for variable in optimizer.variables:
        found["rmsprop" + variable.path[len(optimizer.name):]] = variable
    return found


def save_keras(optimizer, variables, path):
    """Writes the variables (model.trainable_variables) and the state of an RMSprop."""
    rule = {"preset": "keras", "lr": float(optimizer.learning_rate),
            "weight_decay": float(optimizer.weight_decay or 0)}
    rule |= {ours: getattr(optimizer, theirs) for theirs, ours in KERAS.items()}
    tensors = {name: np.asarray(variable) for name, variable in
               keras_variables(optimizer, variables).items()}
    steps = tensors["rmsprop/iteration"]
    write_file(path, tensors, about_state(steps, [(rule, [v.path for v in variables])]))


def load_keras(optimizer, variables, *paths):
    """Sets the variables and the state of an RMSprop that was built (optimizer.build(variables))."""
    tensors, about = read_files(paths)
    (rule,) = about["groups"]
    for theirs, ours in KERAS.items():
        setattr(optimizer, theirs, rule[ours])
    optimizer.weight_decay = rule["weight_decay"] or None
    targets = keras_variables(optimizer, variables)
    for name, array in tensors.items():
        targets[name].assign(array)


# ---- optax ---------------------------------------------------------------------------------------

OPTAX = ("nu", "mu", "trace")


def map_optax(state, change):
    """The state with change(field, tree) in place of the fields that are arrays of parameters, and
    of the count, in the named tuples of a chain's state, wherever they are."""
    if hasattr(state, "_fields"):
        return state._replace(**{field: change(field, getattr(state, field))
                                 for field in state._fields if field in (*OPTAX, "count")})
    if isinstance(state, tuple):
        return tuple(map_optax(part, change) for part in state)
    return state


def optax_names(params):
    """The name of every leaf of a tree of parameters: its keys with dots between them."""
    import jax

    def text(key):
        return str(next(getattr(key, a) for a in ("key", "idx", "name") if hasattr(key, a)))

    leaves = jax.tree_util.tree_flatten_with_path(params)[0]
    return [".".join(text(key) for key in path) or "params" for path, _ in leaves]


def save_optax(params, state, path, steps, lr, **fields):
    """Writes parameters and the state of optax.rmsprop. The state holds neither the rule nor, in
    most cases, the steps. Give them in clstep's words: rho=0.9, momentum=0.9, centered=True,
    nesterov, eps, eps_inside_sqrt, bias_correction, initial_square_avg."""
    import jax

    names = optax_names(params)
    tensors = dict(zip(names, map(np.asarray, jax.tree_util.tree_leaves(params))))

    def take(field, tree):
        if field in OPTAX:
            leaves = jax.tree_util.tree_leaves(tree)
            tensors.update((f"{field}.{n}", np.asarray(leaf)) for n, leaf in zip(names, leaves))
        return tree

    map_optax(state, take)
    tensors["count"] = np.int32(steps)
    rule = {"preset": "optax", "lr": lr, **fields}
    write_file(path, tensors, about_state(steps, [(rule, names)]))


def load_optax(params, state, *paths):
    """(parameters, state) as they are in the file; those given tell the structure."""
    import jax

    names = optax_names(params)
    tensors, _ = read_files(paths)

    def tree(prefix):
        leaves = [jax.numpy.asarray(tensors[prefix + name]) for name in names]
        return jax.tree_util.tree_unflatten(jax.tree_util.tree_structure(params), leaves)

    def give(field, old):
        if field == "count":
            return jax.numpy.asarray(tensors["count"])
        if field == "trace" and not any(name.startswith("trace.") for name in tensors):
            return old  # of momentum=0.0, where it has no effect
        return tree(f"{field}.")

    return tree(""), map_optax(state, give)


# ---- TensorFlow 1 --------------------------------------------------------------------------------


def save_tf1(prefix, path):
    """Writes variables and slots of a checkpoint of TensorFlow 1 (tf.train.Saver's prefix), of those
    variables that RMSPropOptimizer updates. The rule is not in there: tell it to `clstep convert`,
    --lr, --momentum (0 too) and what is not as in RMSPropOptimizer."""
    import tensorflow as tf

    reader = tf.train.load_checkpoint(prefix)
    names = sorted(reader.get_variable_to_shape_map())
    updated = {name.removesuffix("/RMSProp") for name in names if name.endswith("/RMSProp")}
    wanted = [n for n in names if n in updated or n.rpartition("/RMSProp")[0] in updated]
    tensors = {name: reader.get_tensor(name) for name in wanted}
    if "global_step" in names:
        tensors["global_step"] = reader.get_tensor("global_step")
    write_file(path, tensors, None)


def load_tf1(session, variables, *paths):
    """Sets what the file has of the variables (tf.compat.v1.global_variables(), slots too)."""
    tensors, _ = read_files(paths)
    named = {variable.op.name: variable for variable in variables}
    for name, array in tensors.items():
        named[name].load(array, session)
