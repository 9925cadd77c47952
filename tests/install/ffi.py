# ffi.py HEADER LIBRARY: loads the header for foreign function interfaces into cffi and calls the library:
# a rule, an error, and a step on a device.
import sys

import cffi

ffi = cffi.FFI()
with open(sys.argv[1]) as file:
    ffi.cdef(file.read())
clstep = ffi.dlopen(sys.argv[2])

rule = ffi.new('clstep_rule *')
clstep.clstep_init(rule, ffi.sizeof('clstep_rule'))
assert clstep.clstep_rule_preset(rule, b'torch') == clstep.CLSTEP_OK
assert (rule.lr, rule.rho, rule.eps) == (0.01, 0.99, 1e-8), (rule.lr, rule.rho, rule.eps)
rule.lr = -1
assert clstep.clstep_rule_validate(rule) == clstep.CLSTEP_INVALID_ARGUMENT
assert ffi.string(clstep.clstep_last_error().message).startswith(b'lr is -1')


def initialised(name):
    it = ffi.new(f'{name} *')
    clstep.clstep_init(it, ffi.sizeof(name))
    return it


ffi.cdef('''
cl_context clCreateContext(void *, cl_uint, cl_device_id *, void *, void *, cl_int *);
cl_command_queue clCreateCommandQueue(cl_context, cl_device_id, cl_bitfield, cl_int *);
cl_mem clCreateBuffer(cl_context, cl_bitfield, size_t, void *, cl_int *);
cl_int clEnqueueReadBuffer(cl_command_queue, cl_mem, cl_uint, size_t, size_t, void *, cl_uint, cl_event *,
                           cl_event *);
''')
opencl = ffi.dlopen('libOpenCL.so.1')
device = ffi.new('cl_device_id *')
assert clstep.clstep_device_choose(device, ffi.NULL) == clstep.CLSTEP_OK
context = opencl.clCreateContext(ffi.NULL, 1, device, ffi.NULL, ffi.NULL, ffi.NULL)
queue = opencl.clCreateCommandQueue(context, device[0], 0, ffi.NULL)
weights = ffi.new('float[]', [1.0] * 4)
gradients = ffi.new('float[]', [2.0] * 4)
USE_HOST_POINTER = 8
tensor = ffi.new('clstep_tensor *', {'count': 4})
tensor.param, tensor.grad = (
    opencl.clCreateBuffer(context, USE_HOST_POINTER, 16, numbers, ffi.NULL) for numbers in (weights, gradients)
)
rule.lr = 0.01
group = initialised('clstep_group')
group.tensor_size = ffi.sizeof('clstep_tensor')
group.rule, group.tensors, group.tensor_count = rule, tensor, 1
engine = ffi.new('clstep_engine **')
assert clstep.clstep_engine_create(engine, context, device[0], ffi.NULL) == clstep.CLSTEP_OK
optimizer = ffi.new('clstep_optimizer **')
assert (
    clstep.clstep_optimizer_create(optimizer, engine[0], queue, 1, group, ffi.NULL, ffi.NULL) == clstep.CLSTEP_OK
), ffi.string(clstep.clstep_last_error().message)
assert clstep.clstep_optimizer_step(optimizer[0], queue, ffi.NULL, 0, ffi.NULL, ffi.NULL) == clstep.CLSTEP_OK
updated = ffi.new('float[]', 4)
opencl.clEnqueueReadBuffer(queue, tensor.param, 1, 0, 16, updated, 0, ffi.NULL, ffi.NULL)
assert all(abs(x - 0.9) < 1e-6 for x in updated), list(updated) # v = 0.01 * 4, p = 1 - 0.01 * 2 / 0.2
clstep.clstep_optimizer_destroy(optimizer[0])
clstep.clstep_engine_destroy(engine[0])
print(ffi.string(clstep.clstep_version_text()).decode())
