using ItsService.Fuzz.Engine;
using ItsService.Fuzz.Targets;

namespace ItsService.Fuzz.Tests;

/// <summary>Every input that was worth keeping, again.</summary>
public class CorpusTests
{
    private const int FileBytesMax = 8 * 1024;
    private const int CorpusBytesMax = 100 * 1024;

    /// <summary>
    /// How much the corpus reaches at least, a little less than it did when it was written. With a new text of a
    /// problem it stays as good; where much goes, <c>eng/fuzz.sh --minutes 2 --update</c> makes it good again.
    /// </summary>
    private static readonly Dictionary<string, int> BehavioursMin = new()
    {
        ["blob"] = 275,
        ["tables"] = 195,
        ["registers"] = 125,
    };

    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "corpus");

    public static TheoryData<string> Targets => [.. TargetRegistry.Real.Select(target => target.Name)];

    [Theory]
    [MemberData(nameof(Targets))]
    public void Corpus_of_a_target_finds_nothing_and_reaches_what_it_did(string name)
    {
        var target = Assert.Single(TargetRegistry.Find(name));
        var execution = new Execution(target, FuzzLimits.Standard);
        var behaviours = new HashSet<string>();
        var corpus = CorpusFolder.Read(Path.Combine(Folder, name));

        foreach (var (file, input) in corpus)
        {
            var result = execution.Run(input);
            Assert.True(result.Finding is null, $"{name}/{file}: {result.Finding?.Message}");
            Assert.InRange(input.Length, 0, FileBytesMax);
            behaviours.UnionWith(result.Behaviours);
        }

        Assert.InRange(behaviours.Count, BehavioursMin[name], int.MaxValue);
    }

    [Fact]
    public void Corpus_is_small()
    {
        var files = Directory.GetFiles(Folder, "*", SearchOption.AllDirectories);

        Assert.NotEmpty(files);
        Assert.InRange(files.Sum(file => new FileInfo(file).Length), 0, CorpusBytesMax);
    }

    /// <summary>Each input of a real target ends in one of the two ways that there are; both ways occur.</summary>
    [Fact]
    public void Corpus_has_what_is_taken_and_what_is_refused()
    {
        var reached = TargetRegistry.Real.ToDictionary(target => target.Name, target =>
        {
            var execution = new Execution(target, FuzzLimits.Standard);
            return CorpusFolder.Read(Path.Combine(Folder, target.Name))
                .SelectMany(file => execution.Run(file.Input).Behaviours).ToHashSet();
        });

        Assert.Contains("taken by shape3", reached["blob"]);
        Assert.Contains("problem its[#].device[#].event[#]: it stands behind #", reached["blob"]);
        Assert.Contains("refused StateCorrupt state its checksum is wrong", reached["blob"]);
        Assert.Contains("restored in shape1, gave up False", reached["tables"]);
        Assert.Contains("round trip: restored True", reached["tables"]);
        Assert.Contains(reached["tables"], seen => seen.Contains("leads beyond", StringComparison.Ordinal));
        Assert.Contains(reached["tables"], seen => seen.Contains("stands there twice", StringComparison.Ordinal));
        Assert.Contains(reached["registers"], seen => seen.Contains("is outside the queue", StringComparison.Ordinal));
    }
}
