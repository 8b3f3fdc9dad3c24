using ItsService.Server.Errors;

namespace ItsService.Server.Machines;

/// <summary>Pages of the list of VMs. A page token is the name of the last VM of the page before.</summary>
internal static class VmPages
{
    private const uint PageSizeMax = 1000;

    /// <summary>One page; it ends early before it would be too large a message.</summary>
    public static V1.ListVmsResponse Read(VmRegistry registry, V1.ListVmsRequest request, ItsServerLimits limits)
    {
        Check(request);
        var page = new V1.ListVmsResponse();
        var pageSize = request.PageSize == 0 ? PageSizeMax : request.PageSize;
        var bytes = 0;
        foreach (var host in registry.After(request.PageToken))
        {
            if (host.TryGlance() is not { } vm)
            {
                // Deleted meanwhile.
                continue;
            }

            bytes += vm.CalculateSize();
            if (page.Vms.Count > 0 && (page.Vms.Count == pageSize || bytes > limits.MessageBytesMax / 2))
            {
                page.NextPageToken = page.Vms[^1].Name;
                return page;
            }

            page.Vms.Add(vm);
        }

        return page;
    }

    private static void Check(V1.ListVmsRequest request)
    {
        var problems = new RequestProblems("");
        if (request.PageSize > PageSizeMax)
        {
            problems.Add(new Problem(
                V1.ErrorReason.OutOfRange, "page_size", $"{request.PageSize} is out of range")
            {
                Accepted = $"1..{PageSizeMax}, or 0 for {PageSizeMax}",
            });
        }

        if (request.PageToken.Length > 0 && !VmName.IsName(request.PageToken))
        {
            problems.Add(new Problem(
                V1.ErrorReason.MalformedName, "page_token", "this is no token that this service gave")
            {
                Accepted = "next_page_token of the page before",
            });
        }

        problems.ThrowIfAny();
    }
}
