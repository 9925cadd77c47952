/* OpenCL 3.0's calls beside clstep.h, which may stand before or after the OpenCL headers: -DFIRST
 * says which. Compiled only. */
#ifdef FIRST
#include <clstep/clstep.h>
#include OPENCL_HEADER
#else
#include OPENCL_HEADER
#include <clstep/clstep.h>
#endif

/* Without a declaration C takes these for functions that return int. */
void *shared(cl_context context, cl_device_id device, cl_command_queue *queue);
void *shared(cl_context context, cl_device_id device, cl_command_queue *queue)
{
    const cl_queue_properties none[] = {0};
    *queue = clCreateCommandQueueWithProperties(context, device, none, NULL);
    const cl_mem_properties all[] = {0};
    cl_mem buffer = clCreateBufferWithProperties(context, all, CL_MEM_READ_WRITE, 4, NULL, NULL);
    return buffer ? clSVMAlloc(context, CL_MEM_READ_WRITE, 4, 0) : NULL;
}
