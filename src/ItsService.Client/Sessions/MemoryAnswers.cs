using Google.Protobuf;
using ItsService.Client.Identifiers;
using ItsService.Protocol.V1;

namespace ItsService.Client.Sessions;

/// <summary>
/// Answers what the service asks for of a guest's memory. What was written once is not written again.
/// </summary>
internal sealed class MemoryAnswers(IGuestMemoryProvider memory)
{
    /// <summary>The last write that was made.</summary>
    public ulong Made { get; private set; }

    /// <summary>Does what is asked for, and tells what became of it.</summary>
    public MemoryAnswer Answer(MemoryRequest request)
    {
        var answer = new MemoryAnswer { Id = request.Id };
        switch (request.AccessCase)
        {
            case MemoryRequest.AccessOneofCase.Read:
                Read(request.Read, answer);
                break;
            case MemoryRequest.AccessOneofCase.Write when request.Id <= Made:
                answer.Done = new MemoryDone();
                break;
            case MemoryRequest.AccessOneofCase.Write
                when memory.TryWrite(new GuestAddress(request.Write.Address), request.Write.Data.Span):
                answer.Done = new MemoryDone();
                Made = request.Id;
                break;
            default:
                answer.Fault = new MemoryFault();
                break;
        }

        return answer;
    }

    private void Read(MemoryReadRequest read, MemoryAnswer answer)
    {
        var bytes = new byte[read.LengthBytes];
        if (memory.TryRead(new GuestAddress(read.Address), bytes))
        {
            answer.Data = UnsafeByteOperations.UnsafeWrap(bytes);
        }
        else
        {
            answer.Fault = new MemoryFault();
        }
    }
}
