using YamlDotNet.RepresentationModel;

namespace ItsService.Observability.Tests.Deploy;

/// <summary>A YAML file of the repository, or a part of it.</summary>
internal sealed record YamlFile(YamlNode Node)
{
    public static YamlFile Read(params string[] parts)
    {
        using var reader = File.OpenText(RepositoryFolder.PathOf(parts));
        var stream = new YamlStream();
        stream.Load(reader);
        return new YamlFile(Assert.Single(stream.Documents).RootNode);
    }

    /// <summary>The value of a key; the test fails where there is none.</summary>
    public YamlFile this[string key]
    {
        get
        {
            var children = Assert.IsType<YamlMappingNode>(Node).Children;
            Assert.True(children.TryGetValue(new YamlScalarNode(key), out var value), $"there is no {key}");
            return new YamlFile(value!);
        }
    }

    public string Text => Assert.IsType<YamlScalarNode>(Node).Value!;

    public IReadOnlyList<YamlFile> Items =>
        [.. Assert.IsType<YamlSequenceNode>(Node).Children.Select(child => new YamlFile(child))];

    public IReadOnlyList<string> Texts => [.. Items.Select(item => item.Text)];

    public IReadOnlyDictionary<string, YamlFile> Entries => Assert.IsType<YamlMappingNode>(Node).Children
        .ToDictionary(entry => ((YamlScalarNode)entry.Key).Value!, entry => new YamlFile(entry.Value));
}
