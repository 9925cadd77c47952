// The C++ bindings beside clstep.h, which may stand before or after them: -DFIRST says which.
// Compiled only.
#define CL_HPP_TARGET_OPENCL_VERSION 300
// The order is what is tested.
// clang-format off
#ifdef FIRST
#include <clstep/clstep.h>
#include <CL/opencl.hpp>
#else
#include <CL/opencl.hpp>
#include <clstep/clstep.h>
#endif
// clang-format on

clstep_engine *make(const cl::Context &context, const cl::Device &device)
{
    clstep_engine *engine = nullptr;
    cl::CommandQueue queue(context, device, cl::QueueProperties::None);
    cl::SVMAllocator<int, cl::SVMTraitCoarse<>> allocator(context);
    return clstep_engine_create(&engine, context(), device(), nullptr) == CLSTEP_OK ? engine
                                                                                    : nullptr;
}
