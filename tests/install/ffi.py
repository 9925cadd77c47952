# ffi.py HEADER LIBRARY: loads the header for foreign function interfaces into cffi and calls the library.
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
print(ffi.string(clstep.clstep_version_text()).decode())
